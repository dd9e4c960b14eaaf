#!/bin/bash
# queue-certificate.sh ADDRESS: the queue's certificate, made on the box, for ADDRESS (what workers connect to),
# localhost (tunnels) and `queue`. The certificate of its authority goes into the parameter VERGER_TLS, where
# workers and users get it; the authority's key is thrown away. Run again, it only publishes again.
set -euo pipefail
address=$1
. "${VERGER_SETTINGS:-/etc/verger/settings}"
secrets=${VERGER_SECRETS:-/opt/verger/infra/docker/secrets}
mkdir -p "$secrets"
chmod 700 "$secrets"

if [ ! -e "$secrets/queue.crt" ]; then
  work=$(mktemp -d)
  trap 'rm -rf "$work"' EXIT
  (
    cd "$work"
    umask 077
    new_key() { openssl ecparam -name prime256v1 -genkey -noout -out "$1"; }
    new_key ca.key
    openssl req -x509 -new -key ca.key -sha256 -days 3650 -subj '/CN=verger queue authority' -out ca.crt \
      -addext 'basicConstraints=critical,CA:true,pathlen:0' -addext 'keyUsage=critical,keyCertSign'
    new_key queue.key
    openssl req -new -key queue.key -subj '/CN=verger queue' -out queue.csr
    printf '%s\n' "subjectAltName=IP:$address,IP:127.0.0.1,DNS:localhost,DNS:queue" \
      'basicConstraints=critical,CA:false' 'extendedKeyUsage=serverAuth' > extensions
    openssl x509 -req -in queue.csr -CA ca.crt -CAkey ca.key -CAcreateserial -sha256 -days 3650 \
      -extfile extensions -out queue.crt
  )
  # Read by the queue's container, whose user is another; the folder is closed.
  install -m 444 "$work/queue.key" "$work/ca.crt" "$secrets"
  mv "$secrets/ca.crt" "$secrets/queue-ca.crt"
  install -m 444 "$work/queue.crt" "$secrets" # last: that it is there says that all are
fi
aws ssm put-parameter --region "$REGION" --name "$VERGER_TLS" --type String --overwrite \
  --value "$(cat "$secrets/queue-ca.crt")" > /dev/null
