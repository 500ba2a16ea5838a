// A service that asks Miftah about each request. It needs Java 17 and its standard library.
// MIFTAH_TOKEN=... java Service.java
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Service {
    static final String API = "acme";
    // The hosts that this service serves, each with its environment: live, test, or any for both.
    static final Map<String, String> ENVIRONMENTS = Map.of("api.acme.test", "live", "sandbox.acme.test", "test");

    static final URI VERIFY = URI.create(setting("MIFTAH_URL", "http://127.0.0.1:4101") + "/v1/verify");
    static final String TOKEN = setting("MIFTAH_TOKEN", "");
    // The addresses of your own proxies, which may say who the client is.
    static final List<String> PROXIES = List.of(setting("TRUSTED_PROXIES", "").split(","));
    // The longest wait for a whole answer, with the connection.
    static final long WAIT_MS = Long.parseLong(setting("MIFTAH_WAIT_MS", "300"));

    // One client for all requests: it keeps connections open.
    static final HttpClient CLIENT = HttpClient.newBuilder()
            .version(HttpClient.Version.HTTP_1_1)
            .connectTimeout(Duration.ofMillis(WAIT_MS))
            .build();

    record Reply(int status, Map<String, String> headers, String body) {}

    /** If `refused` is null, the request may pass. `caller` says who sent it; `shared` are headers for the reply. */
    record Decision(Reply refused, Map<String, String> caller, Map<String, String> shared) {}

    static final Decision UNDECIDED = new Decision(
            new Reply(
                    503,
                    Map.of("Content-Type", "application/json", "Cache-Control", "no-store", "Retry-After", "1"),
                    "{\"error\":\"unavailable\"}"),
            Map.of(),
            Map.of());

    /** Its message is for the log: it never has a part of the request. */
    static class NoVerdict extends Exception {
        NoVerdict(String message) {
            super(message);
        }
    }

    static String setting(String name, String fallback) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    /** Returns Miftah's answer to the facts. Throws if there is none in time: then no request may pass. */
    static Map<?, ?> ask(Map<String, Object> facts) throws Exception {
        HttpRequest request = HttpRequest.newBuilder(VERIFY)
                .header("Authorization", "Bearer " + TOKEN)
                .header("Content-Type", "application/json")
                .POST(HttpRequest.BodyPublishers.ofString(Json.write(facts)))
                .build();
        // `get` limits the whole exchange. The request's own timeout would end with the head of the answer.
        var asked = CLIENT.sendAsync(request, HttpResponse.BodyHandlers.ofString());
        HttpResponse<String> response;
        try {
            response = asked.get(WAIT_MS, TimeUnit.MILLISECONDS);
        } finally {
            asked.cancel(true);
        }
        // 401: MIFTAH_TOKEN is wrong. 400: a fact is missing or wrong. 500, 503: Miftah can't decide.
        if (response.statusCode() != 200) throw new NoVerdict("Miftah answered " + response.statusCode());
        return (Map<?, ?>) Json.read(response.body());
    }

    static Decision decide(Map<String, Object> facts) {
        try {
            Map<?, ?> answer = ask(facts);
            Map<?, ?> reply = (Map<?, ?>) answer.get("reply");
            Map<String, String> headers = named(reply.get("headers"));
            return switch ((String) answer.get("verdict")) {
                case "allowed" -> {
                    Map<?, ?> forward = (Map<?, ?>) answer.get("forward");
                    yield new Decision(null, named(forward.get("headers")), headers);
                }
                case "refused", "answered" -> {
                    int status = ((Number) reply.get("status")).intValue();
                    yield new Decision(new Reply(status, headers, (String) reply.get("body")), Map.of(), Map.of());
                }
                default -> throw new NoVerdict("the verdict is unknown");
            };
        } catch (Exception error) {
            // Only this: the facts hold the key.
            String reason = error instanceof NoVerdict ? error.getMessage() : error.getClass().getSimpleName();
            System.err.println("no verdict: " + reason);
            return UNDECIDED;
        }
    }

    static Map<String, String> named(Object headers) {
        Map<String, String> named = new LinkedHashMap<>();
        ((Map<?, ?>) headers).forEach((name, value) -> named.put((String) name, (String) value));
        return named;
    }

    /** The address of the client: from the right, the first one that is not a proxy of yours. Null if there is none. */
    static String clientOf(HttpExchange exchange) {
        List<String> forwarded = exchange.getRequestHeaders().getOrDefault("X-Forwarded-For", List.of());
        List<String> chain = new ArrayList<>(List.of(String.join(",", forwarded).split(",")));
        chain.add(exchange.getRemoteAddress().getAddress().getHostAddress());
        Collections.reverse(chain);
        return chain.stream()
                .map(String::trim)
                .filter(each -> !each.isEmpty() && !PROXIES.contains(each))
                .findFirst()
                .orElse(null);
    }

    static void handle(HttpExchange exchange) throws IOException {
        List<String> hosts = exchange.getRequestHeaders().getOrDefault("Host", List.of());
        String host = hosts.size() == 1 ? hosts.get(0).replaceFirst(":\\d*$", "").toLowerCase(Locale.ROOT) : "";
        // The target as the client sent it, with its query and before any decoding. getPath() is decoded.
        String target = exchange.getRequestURI().toString();
        String method = exchange.getRequestMethod();
        if (!ENVIRONMENTS.containsKey(host)) {
            send(exchange, 421, Map.of("Content-Type", "text/plain"), "Unknown host\n");
            return;
        }
        if (!target.startsWith("/") || !method.matches("[A-Z]{1,20}")) {
            send(exchange, 400, Map.of("Content-Type", "text/plain"), "Send a method in capitals and a path\n");
            return;
        }
        // Pairs, so that a header that came twice stays two.
        List<List<String>> headers = new ArrayList<>();
        exchange.getRequestHeaders().forEach((name, values) -> {
            for (String value : values) headers.add(List.of(name, value));
        });
        Map<String, Object> facts = new LinkedHashMap<>();
        facts.put("api", API);
        facts.put("environment", ENVIRONMENTS.get(host));
        facts.put("method", method);
        facts.put("path", target);
        facts.put("headers", headers);
        String client = clientOf(exchange);
        if (client != null) facts.put("clientIp", client);

        Decision decision = decide(facts);
        Reply reply = decision.refused();
        if (reply == null) reply = share(answer(exchange, decision.caller()), decision.shared());
        send(exchange, reply.status(), reply.headers(), reply.body());
    }

    /** Your service. Only `caller` says who sent the request: its headers of the same names may be forged. */
    static Reply answer(HttpExchange exchange, Map<String, String> caller) {
        Map<String, Object> body = new LinkedHashMap<>();
        body.put("org", caller.get("X-Miftah-Org"));
        body.put("key", caller.get("X-Miftah-Key-Id"));
        return new Reply(200, Map.of("Content-Type", "application/json", "Vary", "Accept"), Json.write(body));
    }

    /** Adds Miftah's headers to a reply of yours. */
    static Reply share(Reply own, Map<String, String> shared) {
        Map<String, String> headers = new LinkedHashMap<>(own.headers());
        shared.forEach((name, value) -> {
            if (name.equals("Vary")) headers.merge(name, value, (one, other) -> one + ", " + other);
            else if (name.equals("Cache-Control")) headers.putIfAbsent(name, value);
            else headers.put(name, value);
        });
        return new Reply(own.status(), headers, own.body());
    }

    static void send(HttpExchange exchange, int status, Map<String, String> headers, String body) throws IOException {
        byte[] content = body.getBytes(StandardCharsets.UTF_8);
        boolean hasBody = content.length > 0 && !exchange.getRequestMethod().equals("HEAD");
        headers.forEach((name, value) -> exchange.getResponseHeaders().set(name, value));
        // The server writes the length itself. -1: there is no body.
        exchange.getResponseHeaders().remove("Content-Length");
        exchange.sendResponseHeaders(status, hasBody ? content.length : -1);
        if (hasBody) exchange.getResponseBody().write(content);
        exchange.close();
    }

    public static void main(String[] arguments) throws IOException {
        if (TOKEN.isEmpty()) {
            System.err.println("MIFTAH_TOKEN is missing");
            System.exit(1);
        }
        int port = Integer.parseInt(setting("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(64));
        server.createContext("/", Service::handle);
        server.start();
    }

    /** JSON, which the standard library lacks. Use the library of your framework instead, such as Jackson. */
    static final class Json {
        private final String text;
        private int at = 0;

        private Json(String text) {
            this.text = text;
        }

        /** Reads maps, lists, strings, numbers, booleans and nulls. Throws if the text is anything else. */
        static Object read(String text) {
            Json json = new Json(text);
            Object value = json.value(0);
            if (json.peek() != 0) throw json.wrong();
            return value;
        }

        static String write(Object value) {
            if (value instanceof Map<?, ?> map) {
                List<String> members = new ArrayList<>();
                map.forEach((name, member) -> members.add(quote((String) name) + ":" + write(member)));
                return "{" + String.join(",", members) + "}";
            }
            if (value instanceof List<?> list) {
                return "[" + String.join(",", list.stream().map(Json::write).toList()) + "]";
            }
            return value instanceof String string ? quote(string) : String.valueOf(value);
        }

        private static String quote(String text) {
            StringBuilder quoted = new StringBuilder("\"");
            for (char each : text.toCharArray()) {
                boolean isPlain = each >= ' ' && each <= '~' && each != '"' && each != '\\';
                quoted.append(isPlain ? String.valueOf(each) : String.format("\\u%04x", (int) each));
            }
            return quoted.append('"').toString();
        }

        private Object value(int depth) {
            char first = peek();
            if (depth > 32) throw wrong();
            if (first == '{') {
                Map<String, Object> map = new LinkedHashMap<>();
                for (at++; peek() != '}'; ) {
                    if (!map.isEmpty()) take(',');
                    peek();
                    String name = string();
                    take(':');
                    map.put(name, value(depth + 1));
                }
                at++;
                return map;
            }
            if (first == '[') {
                List<Object> list = new ArrayList<>();
                for (at++; peek() != ']'; ) {
                    if (!list.isEmpty()) take(',');
                    list.add(value(depth + 1));
                }
                at++;
                return list;
            }
            if (first == '"') return string();
            int from = at;
            while (at < text.length() && ",]} \t\r\n".indexOf(text.charAt(at)) < 0) at++;
            String word = text.substring(from, at);
            return switch (word) {
                case "true" -> true;
                case "false" -> false;
                case "null" -> null;
                default -> {
                    if (!word.matches("-?\\d+(\\.\\d+)?([eE][+-]?\\d+)?")) throw wrong();
                    yield Double.valueOf(word);
                }
            };
        }

        private String string() {
            take('"');
            StringBuilder read = new StringBuilder();
            while (at < text.length() && text.charAt(at) != '"') {
                char each = text.charAt(at++);
                if (each == '\\') {
                    char escaped = text.charAt(at++);
                    if (escaped == 'u') {
                        each = (char) Integer.parseInt(text.substring(at, at + 4), 16);
                        at += 4;
                    } else {
                        int known = "\"\\/bfnrt".indexOf(escaped);
                        if (known < 0) throw wrong();
                        each = "\"\\/\b\f\n\r\t".charAt(known);
                    }
                }
                read.append(each);
            }
            take('"');
            return read.toString();
        }

        /** The next character that is not a space. 0: the end. */
        private char peek() {
            while (at < text.length() && Character.isWhitespace(text.charAt(at))) at++;
            return at < text.length() ? text.charAt(at) : 0;
        }

        private void take(char wanted) {
            if (peek() != wanted) throw wrong();
            at++;
        }

        /** The message has no part of the text. */
        private IllegalArgumentException wrong() {
            return new IllegalArgumentException("not JSON at " + at);
        }
    }
}
