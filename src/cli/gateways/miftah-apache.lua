-- Miftah decides about the requests of Apache httpd 2.4 with mod_lua and LuaSocket. `miftah gateway snippet apache`
-- prints how to use it:
--
--   SetEnvIf Request_URI ^ miftah_url=http://127.0.0.1:4101/auth/forward/acme miftah_socket=- miftah_passed=-
--   LuaHookAccessChecker /usr/share/miftah/miftah-apache.lua check
--
-- `miftah_socket`: the unix socket of decisions, or `-`. `miftah_passed`: override headers that the upstream may get,
-- with commas between them, or `-`. The environment has the token: MIFTAH_TOKEN.

local http = require("socket.http")
local ltn12 = require("ltn12")
local socket = require("socket")

local token = os.getenv("MIFTAH_TOKEN")

-- How long Miftah may take, in seconds. Then the request is refused.
http.TIMEOUT = 5

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

local function fold(name)
  return (name:lower():gsub("[^%w]", "-"))
end

local function set_of(list)
  local set = {}
  for name in list:gmatch("[^,%s]+") do
    set[fold(name)] = true
  end
  return set
end

local function refuse(r, status, headers, body)
  r.status = status
  for name, value in pairs(headers) do
    if name == "content-type" then
      r.content_type = value
    elseif not own[name] and name ~= "date" and not name:find("^x%-miftah%-") then
      r.err_headers_out[name] = value
    end
  end
  if body ~= "" then
    r:puts(body)
  end
  return apache2.DONE
end

local function ask(r)
  local passed = set_of(r.subprocess_env["miftah_passed"])
  local file = r.subprocess_env["miftah_socket"]
  local asked = {}
  for name, value in pairs(r:headers_in_table()) do
    local folded = fold(name)
    if is_forged(folded, passed) then
      r.headers_in[name] = nil
    elseif not own[name:lower()] then
      asked[name:lower()] = value
    end
  end
  asked["x-forwarded-method"] = r.method
  asked["x-forwarded-uri"] = r.unparsed_uri
  asked["x-forwarded-host"] = r.headers_in["Host"]
  asked["x-forwarded-for"] = r.useragent_ip
  if token ~= nil then
    asked["x-miftah-token"] = token
  end
  local parts = {}
  local request = {
    url = r.subprocess_env["miftah_url"],
    headers = asked,
    redirect = false,
    sink = ltn12.sink.table(parts),
  }
  if file ~= "-" then
    request.create = function()
      local unix = require("socket.unix")()
      unix:settimeout(http.TIMEOUT)
      local connect = unix.connect
      return setmetatable({
        connect = function()
          return connect(unix, file)
        end,
      }, {
        __index = function(_, name)
          return function(_, ...)
            return unix[name](unix, ...)
          end
        end,
      })
    end
  end
  local done, status, headers = http.request(request)
  if done == nil then
    error(status)
  end
  return status, headers, table.concat(parts)
end

function check(r)
  local done, status, headers, body = pcall(ask, r)
  if not done then
    r:err("miftah: " .. tostring(status))
    return refuse(r, 503, { ["retry-after"] = "1" }, "")
  end
  if status ~= 200 then
    -- A preflight has another status than it seems.
    return refuse(r, tonumber(headers["x-miftah-status"]) or status, headers, body)
  end
  for name, value in pairs(headers) do
    if name:find("^x%-miftah%-") or name == "x-request-id" then
      r.headers_in[name] = value ~= "" and value or nil
    end
    if value ~= "" and not own[name] and not name:find("^x%-miftah%-") and name ~= "date" and name ~= "cache-control" then
      r.err_headers_out[name] = value
    end
  end
  return apache2.OK
end
