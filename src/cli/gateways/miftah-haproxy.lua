-- Miftah decides about the requests of HAProxy 2.6 or newer. `miftah gateway snippet haproxy` prints how to use it:
--
--   http-request lua.miftah http://127.0.0.1:4101/auth/forward/acme - -
--   http-response lua.miftah_reply
--
-- The arguments: the URL of decisions; the unix socket behind it, or `-`; override headers that the upstream may get,
-- with commas between them, or `-`. The environment has the token: MIFTAH_TOKEN.

local token = os.getenv("MIFTAH_TOKEN")

-- How long Miftah may take, in milliseconds. Then the request is refused.
local timeout = 5000

-- With these, an upstream acts on another method or target. Miftah's src/domain/field-name.ts explains each.
local overrides = {}
for name in ([[
  x-http-method-override x-http-method x-method-override x-method http-method-override method-override
  x-original-url x-original-uri x-original-path x-original-method x-original-host x-rewrite-url x-rewrite-uri
  x-request-uri x-request-url x-override-url x-host x-http-host-override x-proxy-url request-uri
  x-envoy-original-path x-envoy-original-method x-envoy-original-host x-envoy-original-dst-host
  x-matched-path x-invoke-path x-invoke-query x-invoke-output x-now-route-matches x-script-name
  x-ms-original-url x-waws-unencoded-url x-sendfile-type x-accel-mapping proxy
]]):gmatch("%S+") do
  overrides[name] = true
end

-- Of one connection, or set by the gateway itself.
local own = {}
for name in ([[
  connection content-length expect host keep-alive proxy-connection te trailer transfer-encoding upgrade
]]):gmatch("%S+") do
  own[name] = true
end

-- Whether only the gateway or Miftah may set a header, in any spelling that CGI folds to its name.
local function is_forged(folded, passed)
  return folded:find("^x%-miftah%-") ~= nil
    or folded:find("^x%-forwarded%-") ~= nil
    or folded:find("^x%-middleware%-") ~= nil
    or folded == "forwarded"
    or folded == "x-real-ip"
    or (overrides[folded] == true and not passed[folded])
end

local function set_of(list)
  local set = {}
  for name in list:gmatch("[^,%s]+") do
    set[name:lower():gsub("[^%w]", "-")] = true
  end
  return set
end

-- The lines of a header, in their order. HAProxy counts them from 0.
local function each_line(lines)
  local at = -1
  return function()
    at = at + 1
    return lines[at]
  end
end

local function refuse(txn, status, headers, body)
  local reply = txn:reply()
  reply:set_status(status)
  for name, lines in pairs(headers) do
    if not own[name] and name ~= "date" and not name:find("^x%-miftah%-") then
      for value in each_line(lines) do
        reply:add_header(name, value)
      end
    end
  end
  if body ~= nil and body ~= "" then
    reply:set_body(body)
  end
  txn:done(reply)
end

local function unavailable(txn, why)
  core.Warning("miftah: " .. why)
  refuse(txn, 503, { ["retry-after"] = { [0] = "1" } }, nil)
end

local function ask(txn, url, socket, passed)
  local asked = {}
  for name, lines in pairs(txn.http:req_get_headers()) do
    local folded = name:lower():gsub("[^%w]", "-")
    if is_forged(folded, passed) then
      txn.http:req_del_header(name)
    elseif not own[name] then
      asked[name] = {}
      for value in each_line(lines) do
        table.insert(asked[name], value)
      end
    end
  end
  local from = txn.f:src()
  asked["x-forwarded-method"] = { txn.f:method() }
  asked["x-forwarded-uri"] = { txn.f:pathq() }
  asked["x-forwarded-host"] = { txn.f:req_hdr("host") }
  asked["x-forwarded-for"] = { from }
  if token ~= nil then
    asked["x-miftah-token"] = { token }
  end
  local request = { url = url, headers = asked, timeout = timeout }
  if socket ~= "-" then
    request.dst = "unix@" .. socket
  end
  local client = core.httpclient()
  return client:get(request)
end

core.register_action("miftah", { "http-req" }, function(txn, url, socket, passed)
  local done, answer = pcall(ask, txn, url, socket, set_of(passed))
  if not done then
    return unavailable(txn, tostring(answer))
  end
  if answer == nil or answer.status == nil or answer.status < 200 then
    return unavailable(txn, "Miftah does not answer")
  end
  if answer.status ~= 200 then
    -- A preflight has another status than it seems.
    local status = answer.headers["x-miftah-status"]
    return refuse(txn, status and tonumber(status[0]) or answer.status, answer.headers, answer.body)
  end
  local reply = {}
  for name, lines in pairs(answer.headers) do
    local value = lines[0] or ""
    if name:find("^x%-miftah%-") or name == "x-request-id" then
      txn.http:req_del_header(name)
      if value ~= "" then
        txn.http:req_set_header(name, value)
      end
    end
    if not own[name] and name ~= "date" and name ~= "cache-control" and not name:find("^x%-miftah%-") then
      reply[name] = value
    end
  end
  txn:set_priv(reply)
end, 3)

core.register_action("miftah_reply", { "http-res" }, function(txn)
  for name, value in pairs(txn:get_priv() or {}) do
    if name == "vary" then
      txn.http:res_add_header(name, value)
    elseif value ~= "" then
      txn.http:res_set_header(name, value)
    end
  end
end, 0)
