// An upstream that verifies the assertion of each request. It needs Go 1.19 and its standard library.
// go run assertion.go
package main

import (
	"crypto/ed25519"
	"encoding/base64"
	"encoding/json"
	"errors"
	"log"
	"net/http"
	"os"
	"strconv"
	"strings"
	"sync"
	"time"
)

const api = "acme"

// How long keys are used.
const maxAge = 10 * time.Minute

var (
	url = setting("MIFTAH_JWKS", "http://127.0.0.1:4100/.well-known/miftah/jwks.json")
	// How often keys are read at most.
	pause  = time.Duration(number("KEYS_PAUSE_SECONDS", "10")) * time.Second
	client = &http.Client{Timeout: time.Duration(number("MIFTAH_WAIT_MS", "1000")) * time.Millisecond}

	errNoKeys = errors.New("the keys are too old")
)

func setting(name, fallback string) string {
	if value := os.Getenv(name); value != "" {
		return value
	}
	return fallback
}

func number(name, fallback string) int {
	value, err := strconv.Atoi(setting(name, fallback))
	if err != nil {
		log.Fatal(name, " is not a number")
	}
	return value
}

// keySet has the public keys of Miftah by kid.
type keySet struct {
	mutex           sync.Mutex
	keys            map[string]ed25519.PublicKey
	readAt, triedAt time.Time
}

var known keySet

func (s *keySet) find(kid string) (ed25519.PublicKey, error) {
	s.mutex.Lock()
	defer s.mutex.Unlock()
	now := time.Now()
	isNeeded := now.Sub(s.readAt) > maxAge || s.keys[kid] == nil
	// The pause keeps forged assertions from calling Miftah for each request.
	if isNeeded && now.Sub(s.triedAt) >= pause {
		s.triedAt = now
		if keys, err := readKeys(); err == nil {
			s.keys, s.readAt = keys, now
		} else {
			log.Print("keys not read: ", err)
		}
	}
	if now.Sub(s.readAt) > maxAge {
		return nil, errNoKeys
	}
	if key := s.keys[kid]; key != nil {
		return key, nil
	}
	return nil, errors.New("the kid is unknown")
}

func readKeys() (map[string]ed25519.PublicKey, error) {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return nil, err
	}
	request.Header.Set("Cache-Control", "no-cache")
	response, err := client.Do(request)
	if err != nil {
		return nil, err
	}
	defer response.Body.Close()
	var set struct {
		Keys []struct{ Kty, Crv, Kid, X string }
	}
	if err := json.NewDecoder(response.Body).Decode(&set); err != nil || response.StatusCode != http.StatusOK {
		return nil, errors.New("Miftah sent no keys")
	}
	keys := map[string]ed25519.PublicKey{}
	for _, each := range set.Keys {
		x, err := base64.RawURLEncoding.DecodeString(each.X)
		if err == nil && each.Kty == "OKP" && each.Crv == "Ed25519" && len(x) == ed25519.PublicKeySize {
			keys[each.Kid] = x
		}
	}
	return keys, nil
}

type claims struct {
	Iss, Aud, Sub, Org, Env, Scope string
	// nil: there is none, and the assertion would work forever.
	Exp *int64
}

// verify returns the claims, or an error if Miftah did not sign them for this API or they have expired.
func verify(assertion string) (*claims, error) {
	parts := strings.Split(assertion, ".")
	if len(parts) != 3 {
		return nil, errors.New("it is not a JWT")
	}
	var header struct {
		Alg, Kid string
		Crit     any
	}
	// A constant: the header never chooses the algorithm.
	if decode(parts[0], &header) != nil || header.Alg != "EdDSA" || header.Crit != nil {
		return nil, errors.New("the header is not one of Miftah")
	}
	key, err := known.find(header.Kid)
	if err != nil {
		return nil, err
	}
	signature, err := base64.RawURLEncoding.DecodeString(parts[2])
	if err != nil || !ed25519.Verify(key, []byte(parts[0]+"."+parts[1]), signature) {
		return nil, errors.New("the signature is wrong")
	}
	found := &claims{}
	switch err := decode(parts[1], found); {
	case err != nil:
		return nil, errors.New("the claims are no JSON")
	case found.Iss != "miftah":
		return nil, errors.New("iss is wrong")
	case found.Aud != api:
		return nil, errors.New("aud is wrong")
	case found.Exp == nil || *found.Exp <= time.Now().Unix():
		return nil, errors.New("exp is missing or has passed")
	case found.Sub == "" || found.Org == "":
		return nil, errors.New("sub or org is missing")
	}
	return found, nil
}

func decode(part string, into any) error {
	text, err := base64.RawURLEncoding.DecodeString(part)
	if err != nil {
		return err
	}
	return json.Unmarshal(text, into)
}

func serve(w http.ResponseWriter, r *http.Request) {
	found, err := verify(r.Header.Get("X-Miftah-Assertion"))
	switch {
	case err == nil:
		send(w, 200, map[string]string{"org": found.Org, "key": found.Sub, "env": found.Env, "scope": found.Scope})
	case errors.Is(err, errNoKeys):
		send(w, 503, map[string]string{"error": "unavailable"})
	default:
		// Never log the assertion itself.
		log.Print("not verified: ", err)
		send(w, 401, map[string]string{"error": "not verified"})
	}
}

func send(w http.ResponseWriter, status int, body map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	_ = json.NewEncoder(w).Encode(body)
}

func main() {
	log.Fatal(http.ListenAndServe("127.0.0.1:"+setting("PORT", "8080"), http.HandlerFunc(serve)))
}
