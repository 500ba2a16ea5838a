<?php
// A service that asks Miftah about each request. It needs PHP 8.1 with allow_url_fopen, which is the default.
// MIFTAH_TOKEN=... php -S 127.0.0.1:8080 service.php
declare(strict_types=1);

const API = 'acme';
// The hosts that this service serves, each with its environment: live, test, or any for both.
const ENVIRONMENTS = ['api.acme.test' => 'live', 'sandbox.acme.test' => 'test'];
const UNAVAILABLE = [
    503,
    ['Content-Type' => 'application/json', 'Cache-Control' => 'no-store', 'Retry-After' => '1'],
    '{"error":"unavailable"}',
];

/** Returns Miftah's answer to the facts. Throws if there is none in time: then no request may pass. */
function ask(array $facts): array
{
    $body = json_encode($facts, JSON_THROW_ON_ERROR | JSON_UNESCAPED_SLASHES | JSON_INVALID_UTF8_SUBSTITUTE);
    $context = stream_context_create(['http' => [
        'method' => 'POST',
        'header' => ['Authorization: Bearer ' . getenv('MIFTAH_TOKEN'), 'Content-Type: application/json'],
        'content' => $body,
        // The longest wait for a connection, and for each part of an answer.
        'timeout' => (int) (getenv('MIFTAH_WAIT_MS') ?: 300) / 1000,
        'ignore_errors' => true,
        'follow_location' => 0,
    ]]);
    $stream = @fopen((getenv('MIFTAH_URL') ?: 'http://127.0.0.1:4101') . '/v1/verify', 'r', false, $context);
    if ($stream === false) {
        throw new RuntimeException('Miftah does not answer');
    }
    $status = (int) (explode(' ', stream_get_meta_data($stream)['wrapper_data'][0])[1] ?? 0);
    if ($status !== 200) {
        // 401: MIFTAH_TOKEN is wrong. 400: a fact is missing or wrong. 500, 503: Miftah can't decide.
        throw new RuntimeException("Miftah answered $status");
    }
    return json_decode(stream_get_contents($stream), true, 64, JSON_THROW_ON_ERROR);
}

/**
 * Returns the reply to send, or null and what an allowed request needs: the headers that say who sent it, and headers
 * for the reply.
 */
function decide(array $facts): array
{
    try {
        $answer = ask($facts);
        $reply = part($answer, 'reply');
        $headers = part($reply, 'headers');
        return match (part($answer, 'verdict')) {
            'allowed' => [null, part(part($answer, 'forward'), 'headers'), $headers],
            'refused', 'answered' => [[part($reply, 'status'), $headers, part($reply, 'body')], [], []],
            default => throw new RuntimeException('the verdict is unknown'),
        };
    } catch (Throwable $error) {
        // Only this: the facts hold the key.
        error_log('no verdict: ' . ($error instanceof RuntimeException ? $error->getMessage() : $error::class));
        return [UNAVAILABLE, [], []];
    }
}

/** Returns a member of the answer. Throws if it is missing: PHP would go on with null. */
function part(array $answer, string $name): mixed
{
    return $answer[$name] ?? throw new RuntimeException("the answer has no $name");
}

/** Returns the address of the client: from the right, the first one that is not a proxy of yours. */
function client_of(string $peer, string $forwarded): ?string
{
    $proxies = explode(',', getenv('TRUSTED_PROXIES') ?: '');
    foreach ([$peer, ...array_reverse(array_map('trim', explode(',', $forwarded)))] as $each) {
        if ($each !== '' && !in_array($each, $proxies, true)) {
            return $each;
        }
    }
    return null;
}

function send(int $status, array $headers, string $body): void
{
    header_remove('X-Powered-By');
    // Not every reply has a type.
    ini_set('default_mimetype', '');
    foreach ($headers as $name => $value) {
        header("$name: $value");
    }
    // Last, because some headers change the status.
    http_response_code($status);
    if ($_SERVER['REQUEST_METHOD'] !== 'HEAD') {
        echo $body;
    }
}

function handle(): void
{
    $host = strtolower(preg_replace('/:\d*$/', '', $_SERVER['HTTP_HOST'] ?? ''));
    // The target as the client sent it, with its query and before any decoding.
    $target = $_SERVER['REQUEST_URI'];
    $method = $_SERVER['REQUEST_METHOD'];
    if (!isset(ENVIRONMENTS[$host])) {
        send(421, ['Content-Type' => 'text/plain'], "Unknown host\n");
        return;
    }
    if (!str_starts_with($target, '/') || !preg_match('/^[A-Z]{1,20}$/D', $method)) {
        send(400, ['Content-Type' => 'text/plain'], "Send a method in capitals and a path\n");
        return;
    }
    $headers = [];
    foreach (getallheaders() as $name => $value) {
        $headers[] = [(string) $name, $value];
    }
    $facts = [
        'api' => API,
        'environment' => ENVIRONMENTS[$host],
        'method' => $method,
        'path' => $target,
        'headers' => $headers,
    ];
    $client = client_of($_SERVER['REMOTE_ADDR'], $_SERVER['HTTP_X_FORWARDED_FOR'] ?? '');
    if ($client !== null) {
        $facts['clientIp'] = $client;
    }
    [$refused, $caller, $shared] = decide($facts);
    if ($refused !== null) {
        send(...$refused);
        return;
    }
    [$status, $headers, $body] = answer($caller);
    foreach ($shared as $name => $value) {
        if ($name === 'Vary' && isset($headers['Vary'])) {
            $headers['Vary'] .= ", $value";
        } elseif ($name !== 'Cache-Control' || !isset($headers[$name])) {
            $headers[$name] = $value;
        }
    }
    send($status, $headers, $body);
}

/** Your service. Only $caller says who sent the request: its headers of the same names may be forged. */
function answer(array $caller): array
{
    $text = json_encode(['org' => $caller['X-Miftah-Org'] ?? null, 'key' => $caller['X-Miftah-Key-Id'] ?? null]);
    return [200, ['Content-Type' => 'application/json', 'Vary' => 'Accept'], $text];
}

handle();
