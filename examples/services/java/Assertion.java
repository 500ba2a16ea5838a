// An upstream that verifies the assertion of each request. It needs Java 17 and its standard library.
// java Assertion.java
import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.security.GeneralSecurityException;
import java.security.KeyFactory;
import java.security.PublicKey;
import java.security.Signature;
import java.security.spec.X509EncodedKeySpec;
import java.util.ArrayList;
import java.util.Base64;
import java.util.HashMap;
import java.util.HexFormat;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Executors;
import java.util.concurrent.TimeUnit;

public class Assertion {
    static final String API = "acme";
    static final URI JWKS = URI.create(setting("MIFTAH_JWKS", "http://127.0.0.1:4100/.well-known/miftah/jwks.json"));
    static final long WAIT_MS = Long.parseLong(setting("MIFTAH_WAIT_MS", "1000"));
    // How long keys are used, and how often they are read at most.
    static final long MAX_AGE_MS = 600_000;
    static final long PAUSE_MS = Long.parseLong(setting("KEYS_PAUSE_SECONDS", "10")) * 1_000;

    static class KeysUnavailable extends Exception {}

    /** Its message is for the log: it never has a part of the assertion. */
    static class NotVerified extends Exception {
        NotVerified(String message) {
            super(message);
        }
    }

    static String setting(String name, String fallback) {
        String value = System.getenv(name);
        return value == null || value.isEmpty() ? fallback : value;
    }

    /** The public keys of Miftah by kid. */
    static final class Keys {
        private final HttpClient client = HttpClient.newBuilder().version(HttpClient.Version.HTTP_1_1).build();
        private Map<String, PublicKey> keys = Map.of();
        private long readAtMs = Long.MIN_VALUE / 2;
        private long triedAtMs = Long.MIN_VALUE / 2;

        synchronized PublicKey find(String kid) throws KeysUnavailable, NotVerified {
            long nowMs = System.nanoTime() / 1_000_000;
            boolean isNeeded = nowMs - readAtMs > MAX_AGE_MS || !keys.containsKey(kid);
            // The pause keeps forged assertions from calling Miftah for each request.
            if (isNeeded && nowMs - triedAtMs >= PAUSE_MS) {
                triedAtMs = nowMs;
                try {
                    keys = read();
                    readAtMs = nowMs;
                } catch (Exception error) {
                    System.err.println("keys not read: " + error.getClass().getSimpleName());
                }
            }
            if (nowMs - readAtMs > MAX_AGE_MS) throw new KeysUnavailable();
            PublicKey key = keys.get(kid);
            if (key == null) throw new NotVerified("the kid is unknown");
            return key;
        }

        private Map<String, PublicKey> read() throws Exception {
            HttpRequest request = HttpRequest.newBuilder(JWKS).header("Cache-Control", "no-cache").build();
            var asked = client.sendAsync(request, HttpResponse.BodyHandlers.ofString());
            HttpResponse<String> response;
            try {
                response = asked.get(WAIT_MS, TimeUnit.MILLISECONDS);
            } finally {
                asked.cancel(true);
            }
            if (response.statusCode() != 200) throw new IOException("no keys");
            Map<String, PublicKey> found = new HashMap<>();
            for (Object each : (List<?>) ((Map<?, ?>) Json.read(response.body())).get("keys")) {
                Map<?, ?> jwk = (Map<?, ?>) each;
                if (!"OKP".equals(jwk.get("kty")) || !"Ed25519".equals(jwk.get("crv"))) continue;
                found.put((String) jwk.get("kid"), toKey(Base64.getUrlDecoder().decode((String) jwk.get("x"))));
            }
            return found;
        }

        /** Puts the 32 bytes into the form that Java reads: a SubjectPublicKeyInfo (RFC 8410). */
        private static PublicKey toKey(byte[] x) throws GeneralSecurityException {
            byte[] prefix = HexFormat.of().parseHex("302a300506032b6570032100");
            byte[] encoded = new byte[prefix.length + x.length];
            System.arraycopy(prefix, 0, encoded, 0, prefix.length);
            System.arraycopy(x, 0, encoded, prefix.length, x.length);
            return KeyFactory.getInstance("Ed25519").generatePublic(new X509EncodedKeySpec(encoded));
        }
    }

    static final Keys KEYS = new Keys();

    /** Returns the claims. Throws NotVerified if Miftah did not sign them for this API or they have expired. */
    static Map<?, ?> verify(String assertion) throws KeysUnavailable, NotVerified {
        String[] parts = assertion.split("\\.", -1);
        if (parts.length != 3) throw new NotVerified("it is not a JWT");
        Map<?, ?> header = decode(parts[0]);
        // A constant: the header never chooses the algorithm.
        if (!"EdDSA".equals(header.get("alg")) || header.containsKey("crit")) {
            throw new NotVerified("the header is not one of Miftah");
        }
        if (!(header.get("kid") instanceof String kid)) throw new NotVerified("there is no kid");
        if (!isSigned(parts, KEYS.find(kid))) throw new NotVerified("the signature is wrong");
        Map<?, ?> claims = decode(parts[1]);
        if (!"miftah".equals(claims.get("iss"))) throw new NotVerified("iss is wrong");
        if (!API.equals(claims.get("aud"))) throw new NotVerified("aud is wrong");
        if (!(claims.get("exp") instanceof Double exp) || exp <= System.currentTimeMillis() / 1e3) {
            throw new NotVerified("exp is missing or has passed");
        }
        if (!(claims.get("sub") instanceof String) || !(claims.get("org") instanceof String)) {
            throw new NotVerified("sub or org is missing");
        }
        return claims;
    }

    static boolean isSigned(String[] parts, PublicKey key) {
        try {
            Signature signature = Signature.getInstance("Ed25519");
            signature.initVerify(key);
            signature.update((parts[0] + "." + parts[1]).getBytes(StandardCharsets.US_ASCII));
            return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
        } catch (GeneralSecurityException | IllegalArgumentException error) {
            return false;
        }
    }

    static Map<?, ?> decode(String part) throws NotVerified {
        try {
            return (Map<?, ?>) Json.read(new String(Base64.getUrlDecoder().decode(part), StandardCharsets.UTF_8));
        } catch (RuntimeException error) {
            throw new NotVerified("a part is not JSON in base64url");
        }
    }

    static void handle(HttpExchange exchange) throws IOException {
        Map<String, Object> body = new LinkedHashMap<>();
        int status = 200;
        try {
            String assertion = exchange.getRequestHeaders().getFirst("X-Miftah-Assertion");
            Map<?, ?> claims = verify(assertion == null ? "" : assertion);
            body.put("org", claims.get("org"));
            body.put("key", claims.get("sub"));
            body.put("env", claims.get("env"));
            body.put("scope", claims.get("scope"));
        } catch (KeysUnavailable error) {
            status = 503;
            body.put("error", "unavailable");
        } catch (NotVerified error) {
            // Never log the assertion itself.
            System.err.println("not verified: " + error.getMessage());
            status = 401;
            body.put("error", "not verified");
        }
        byte[] content = Json.write(body).getBytes(StandardCharsets.UTF_8);
        exchange.getResponseHeaders().set("Content-Type", "application/json");
        exchange.sendResponseHeaders(status, content.length);
        exchange.getResponseBody().write(content);
        exchange.close();
    }

    public static void main(String[] arguments) throws IOException {
        int port = Integer.parseInt(setting("PORT", "8080"));
        HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", port), 0);
        server.setExecutor(Executors.newFixedThreadPool(64));
        server.createContext("/", Assertion::handle);
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
