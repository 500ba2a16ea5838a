// A service that asks Miftah about each request. It needs Go 1.19 and its standard library.
// MIFTAH_TOKEN=... go run service.go
package main

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"regexp"
	"strconv"
	"strings"
	"time"
)

const api = "acme"

// The hosts that this service serves, each with its environment: live, test, or any for both.
var environments = map[string]string{"api.acme.test": "live", "sandbox.acme.test": "test"}

var (
	miftah = setting("MIFTAH_URL", "http://127.0.0.1:4101")
	token  = setting("MIFTAH_TOKEN", "")
	// The addresses of your own proxies, which may say who the client is.
	proxies = strings.Split(setting("TRUSTED_PROXIES", ""), ",")
	// The longest wait for a whole answer, with the connection.
	wait   = time.Duration(number("MIFTAH_WAIT_MS", "300")) * time.Millisecond
	client = newClient()
)

type reply struct {
	Status  int
	Headers map[string]string
	Body    string
}

type answer struct {
	Verdict string
	Reply   *reply
	Forward *struct{ Headers map[string]string }
}

var unavailable = &reply{
	http.StatusServiceUnavailable,
	map[string]string{"Content-Type": "application/json", "Cache-Control": "no-store", "Retry-After": "1"},
	`{"error":"unavailable"}`,
}

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

// One client for all requests: it keeps connections open. Miftah closes them after 65 idle seconds, so the client does
// earlier.
func newClient() *http.Client {
	return &http.Client{
		Timeout:       wait,
		Transport:     &http.Transport{MaxIdleConnsPerHost: 64, IdleConnTimeout: 60 * time.Second},
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// ask returns Miftah's answer to the facts, or an error if there is none in time: then no request may pass.
func ask(facts map[string]any) (*answer, error) {
	body, err := json.Marshal(facts)
	if err != nil {
		return nil, errors.New("the facts are no JSON")
	}
	request, err := http.NewRequest("POST", miftah+"/v1/verify", bytes.NewReader(body))
	if err != nil {
		return nil, errors.New("MIFTAH_URL is not a URL")
	}
	request.Header.Set("Authorization", "Bearer "+token)
	request.Header.Set("Content-Type", "application/json")
	response, err := client.Do(request)
	if err != nil {
		return nil, errors.New("Miftah does not answer")
	}
	defer response.Body.Close()
	// Read to the end, or the connection can't be used again.
	text, err := io.ReadAll(io.LimitReader(response.Body, 1<<20))
	if err != nil {
		return nil, errors.New("Miftah's answer breaks off")
	}
	if response.StatusCode != http.StatusOK {
		// 401: MIFTAH_TOKEN is wrong. 400: a fact is missing or wrong. 500, 503: Miftah can't decide.
		return nil, fmt.Errorf("Miftah answered %d", response.StatusCode)
	}
	given := &answer{}
	if json.Unmarshal(text, given) != nil || given.Reply == nil {
		return nil, errors.New("Miftah's answer is incomplete")
	}
	isAllowed := given.Verdict == "allowed" && given.Forward != nil
	isRefused := given.Verdict == "refused" || given.Verdict == "answered"
	if !isAllowed && !(isRefused && given.Reply.Status >= 200) {
		return nil, errors.New("the verdict is unknown")
	}
	return given, nil
}

// clientOf returns the address of the client: from the right, the first one that is not a proxy of yours.
func clientOf(r *http.Request) string {
	peer, _, _ := net.SplitHostPort(r.RemoteAddr)
	chain := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	chain = append(chain, peer)
	for at := len(chain) - 1; at >= 0; at-- {
		if each := strings.TrimSpace(chain[at]); each != "" && !contains(proxies, each) {
			return each
		}
	}
	return ""
}

func contains(list []string, wanted string) bool {
	for _, each := range list {
		if each == wanted {
			return true
		}
	}
	return false
}

var (
	port   = regexp.MustCompile(`:\d*$`)
	method = regexp.MustCompile(`^[A-Z]{1,20}$`)
)

// guard answers refused requests, and passes the others on with the headers that say who sent them.
func guard(next func(http.ResponseWriter, *http.Request, map[string]string)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		environment, isServed := environments[strings.ToLower(port.ReplaceAllString(r.Host, ""))]
		if !isServed {
			http.Error(w, "Unknown host", http.StatusMisdirectedRequest)
			return
		}
		// The target as the client sent it, with its query and before any decoding. r.URL.Path is decoded.
		if !strings.HasPrefix(r.RequestURI, "/") || !method.MatchString(r.Method) {
			http.Error(w, "Send a method in capitals and a path", http.StatusBadRequest)
			return
		}
		// Pairs, so that a header that came twice stays two.
		headers := [][2]string{}
		for name, values := range r.Header {
			for _, value := range values {
				headers = append(headers, [2]string{name, value})
			}
		}
		facts := map[string]any{
			"api": api, "environment": environment, "method": r.Method, "path": r.RequestURI, "headers": headers,
		}
		if client := clientOf(r); client != "" {
			facts["clientIp"] = client
		}
		given, err := ask(facts)
		if err != nil {
			// Only this: the facts hold the key.
			log.Print("no verdict: ", err)
			send(w, unavailable)
			return
		}
		if given.Verdict != "allowed" {
			send(w, given.Reply)
			return
		}
		next(&sharing{ResponseWriter: w, headers: given.Reply.Headers}, r, given.Forward.Headers)
	}
}

func send(w http.ResponseWriter, r *reply) {
	for name, value := range r.Headers {
		w.Header()[name] = []string{value}
	}
	w.WriteHeader(r.Status)
	_, _ = io.WriteString(w, r.Body)
}

// sharing adds Miftah's headers to a reply when it begins.
type sharing struct {
	http.ResponseWriter
	headers map[string]string
	begun   bool
}

func (w *sharing) WriteHeader(status int) {
	if !w.begun {
		w.begun = true
		for name, value := range w.headers {
			switch {
			case name == "Vary":
				w.Header().Add(name, value)
			case name != "Cache-Control" || w.Header().Get(name) == "":
				w.Header().Set(name, value)
			}
		}
	}
	w.ResponseWriter.WriteHeader(status)
}

func (w *sharing) Write(text []byte) (int, error) {
	if !w.begun {
		w.WriteHeader(http.StatusOK)
	}
	return w.ResponseWriter.Write(text)
}

// serve is your service. Only caller says who sent the request: its headers of the same names may be forged.
func serve(w http.ResponseWriter, r *http.Request, caller map[string]string) {
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Vary", "Accept")
	_ = json.NewEncoder(w).Encode(map[string]string{"org": caller["X-Miftah-Org"], "key": caller["X-Miftah-Key-Id"]})
}

func main() {
	if token == "" {
		log.Fatal("MIFTAH_TOKEN is missing")
	}
	log.Fatal(http.ListenAndServe("127.0.0.1:"+setting("PORT", "8080"), guard(serve)))
}
