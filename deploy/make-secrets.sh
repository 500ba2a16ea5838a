#!/bin/sh
# Makes the secrets of a new installation in a folder: sh make-secrets.sh FOLDER
# Keeps each file that is there. Needs OpenSSL 1.1.1 or newer.
set -eu
folder=${1:?usage: make-secrets.sh FOLDER}

# Only you can open the folder. The files in it can be read, because containers mount each file by itself, for a user
# whom this machine does not have.
umask 022
mkdir -p "$folder"
chmod 700 "$folder"

# Writes standard input to the file, as a whole or not at all.
save() {
  [ -e "$folder/$1" ] && return
  cat > "$folder/$1.new"
  [ -s "$folder/$1.new" ] || { echo "cannot make $1" >&2; exit 1; }
  mv "$folder/$1.new" "$folder/$1"
  echo "made $folder/$1"
}

base64url() {
  openssl base64 -A | tr '+/' '-_' | tr -d '='
}

# An Ed25519 key as a JWK (RFC 8037). The last 32 bytes of each form are the key itself.
signing_key() {
  key=$(openssl genpkey -algorithm ed25519)
  d=$(echo "$key" | openssl pkey -outform DER | tail -c 32 | base64url)
  x=$(echo "$key" | openssl pkey -pubout -outform DER | tail -c 32 | base64url)
  kid=$(openssl rand -hex 16)
  echo "{\"crv\":\"Ed25519\",\"kty\":\"OKP\",\"d\":\"$d\",\"x\":\"$x\",\"kid\":\"$kid\",\"alg\":\"EdDSA\",\"use\":\"sig\"}"
}

echo "mft_$(openssl rand -hex 20)" | save operator-token
openssl rand -hex 32 | save session-secret
signing_key | save signing-key.json
