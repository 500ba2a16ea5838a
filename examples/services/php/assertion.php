<?php
// An upstream that verifies the assertion of each request. It needs PHP 8.1 with sodium, which most packages have.
// CACHE_FOLDER=/var/cache/acme php -S 127.0.0.1:8080 assertion.php
declare(strict_types=1);

const API = 'acme';
// How long keys are used, and how often they are read at most.
const MAX_AGE_SECONDS = 600;
define('PAUSE_SECONDS', (int) setting('KEYS_PAUSE_SECONDS', '10'));
define('WAIT_SECONDS', (int) setting('MIFTAH_WAIT_MS', '1000') / 1000);

function setting(string $name, string $fallback): string
{
    return getenv($name) === false ? $fallback : getenv($name);
}

class KeysUnavailable extends Exception
{
}

class NotVerified extends Exception
{
}

/**
 * Returns the public key of Miftah. PHP forgets everything after a request, so the keys are in a file. Only this
 * service may write to its folder: with another key in the file, anyone could sign. So never choose a shared one, such
 * as /tmp.
 */
function find_key(string $kid): string
{
    $file = (getenv('CACHE_FOLDER') ?: throw new KeysUnavailable('CACHE_FOLDER is missing')) . '/miftah-keys.json';
    $known = is_file($file) ? json_decode(file_get_contents($file), true) : null;
    $known ??= ['keys' => [], 'readAt' => 0, 'triedAt' => 0];
    $now = time();
    $is_needed = $now - $known['readAt'] > MAX_AGE_SECONDS || !isset($known['keys'][$kid]);
    // The pause keeps forged assertions from calling Miftah for each request.
    if ($is_needed && $now - $known['triedAt'] >= PAUSE_SECONDS) {
        $known['triedAt'] = $now;
        try {
            $known = ['keys' => read_keys(), 'readAt' => $now, 'triedAt' => $now];
        } catch (Exception $error) {
            error_log('keys not read: ' . $error->getMessage());
        }
        // Another request never sees half a file.
        $draft = tempnam(dirname($file), 'keys');
        file_put_contents($draft, json_encode($known));
        rename($draft, $file);
    }
    if ($now - $known['readAt'] > MAX_AGE_SECONDS) {
        throw new KeysUnavailable('the keys are too old');
    }
    return base64_decode($known['keys'][$kid] ?? throw new NotVerified('the kid is unknown'));
}

/** Returns the keys by kid, in base64. */
function read_keys(): array
{
    $url = setting('MIFTAH_JWKS', 'http://127.0.0.1:4100/.well-known/miftah/jwks.json');
    $options = ['timeout' => WAIT_SECONDS, 'follow_location' => 0, 'header' => 'Cache-Control: no-cache'];
    $text = @file_get_contents($url, false, stream_context_create(['http' => $options]));
    $found = json_decode($text === false ? '' : $text, true);
    if (!is_array($found['keys'] ?? null)) {
        throw new Exception('Miftah sent no keys');
    }
    $keys = [];
    foreach ($found['keys'] as $each) {
        $key = (string) decode($each['x'] ?? null);
        $is_ed25519 = [$each['kty'] ?? null, $each['crv'] ?? null] === ['OKP', 'Ed25519'];
        if ($is_ed25519 && strlen($key) === SODIUM_CRYPTO_SIGN_PUBLICKEYBYTES && is_string($each['kid'] ?? null)) {
            $keys[$each['kid']] = base64_encode($key);
        }
    }
    return $keys;
}

/** Returns the bytes, or null if the text is not base64url without padding. */
function decode(mixed $text): ?string
{
    try {
        return is_string($text) ? sodium_base642bin($text, SODIUM_BASE64_VARIANT_URLSAFE_NO_PADDING) : null;
    } catch (SodiumException) {
        return null;
    }
}

/** Returns the claims. Throws NotVerified if Miftah did not sign them for this API or they have expired. */
function verify(string $assertion): array
{
    $parts = explode('.', $assertion);
    [$header, $claims, $signature] = array_map('decode', count($parts) === 3 ? $parts : ['', '', '']);
    $header = json_decode((string) $header, true);
    // A constant: the header never chooses the algorithm.
    if (!is_array($header) || ($header['alg'] ?? null) !== 'EdDSA' || isset($header['crit'])) {
        throw new NotVerified('the header is not one of Miftah');
    }
    if (!is_string($header['kid'] ?? null)) {
        throw new NotVerified('there is no kid');
    }
    $key = find_key($header['kid']);
    if (
        strlen((string) $signature) !== SODIUM_CRYPTO_SIGN_BYTES
        || !sodium_crypto_sign_verify_detached($signature, "$parts[0].$parts[1]", $key)
    ) {
        throw new NotVerified('the signature is wrong');
    }
    $claims = json_decode((string) $claims, true);
    $fault = match (true) {
        !is_array($claims) => 'there are no claims',
        ($claims['iss'] ?? null) !== 'miftah' => 'iss is wrong',
        ($claims['aud'] ?? null) !== API => 'aud is wrong',
        !is_int($claims['exp'] ?? null) || $claims['exp'] <= time() => 'exp is missing or has passed',
        !is_string($claims['sub'] ?? null) || !is_string($claims['org'] ?? null) => 'sub or org is missing',
        default => null,
    };
    return $fault === null ? $claims : throw new NotVerified($fault);
}

function send(int $status, array $body): void
{
    header('Content-Type: application/json');
    http_response_code($status);
    echo json_encode($body);
}

try {
    $claims = verify($_SERVER['HTTP_X_MIFTAH_ASSERTION'] ?? '');
    send(200, ['org' => $claims['org'], 'key' => $claims['sub'], 'env' => $claims['env'], 'scope' => $claims['scope']]);
} catch (KeysUnavailable) {
    send(503, ['error' => 'unavailable']);
} catch (NotVerified $error) {
    // Never log the assertion itself.
    error_log('not verified: ' . $error->getMessage());
    send(401, ['error' => 'not verified']);
}
