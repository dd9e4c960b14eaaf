#!/bin/sh
# Prepares `docker compose up`: writes .env and random secrets, and says what is missing on this machine.
# Needs a shell and Docker, no Node. Never overwrites a file; run it as often as you like.
set -eu
cd "$(dirname "$0")/../.."
secrets=infra/docker/secrets
faults=0

fault() { # what is wrong, and what to do
  faults=$((faults + 1))
  printf 'missing: %s\n' "$1" >&2
  printf '         %s\n' "$2" >&2
}
made() { printf 'wrote    %s\n' "$1"; }
random() { od -An -N24 -tx1 /dev/urandom | tr -d ' \n'; }

# Writes standard input to a file that does not exist yet. Of two at once the first one wins.
write() {
  if [ -e "$1" ]; then
    cat > /dev/null
    return
  fi
  cat > "$1.$$"
  chmod 444 "$1.$$" # each container reads its own as a user of its own; the folder is closed to others
  if ln "$1.$$" "$1" 2> /dev/null; then
    made "$1"
  elif [ ! -e "$1" ]; then # a file system without hard links
    cp -p "$1.$$" "$1"
    made "$1"
  fi
  rm -f "$1.$$"
}

# The value of a setting in .env as Compose reads it, without quotes and a comment, or what is given.
setting() {
  value=$(sed -n "s/^$1=//p" .env | tail -n 1 | tr -d '\r' |
    sed -e "s/^'\([^']*\)'.*/\1/;t" -e 's/^"\([^"]*\)".*/\1/;t' -e 's/[[:space:]]\{1,\}#.*//' -e 's/[[:space:]]*$//')
  printf '%s' "${value:-$2}"
}

if [ ! -e .env ]; then
  user=$(id -u):$(id -g)
  [ "$(id -u)" != 0 ] || user=1000:1000
  sed "s/^VERGER_USER=.*/VERGER_USER=$user/" .env.example > ".env.$$"
  mv ".env.$$" .env # the same of two at once
  made .env
fi

mkdir -p "$secrets"
chmod 700 "$secrets"
# A file that was lost gets back the secret that its server has: that of the list of users.
listed_password() { sed -n "s/^user verger-$1 on >\([^ ]*\) .*/\1/p" "$secrets/users.acl" 2> /dev/null || true; }
for role in coordinator worker reducer dashboard autoscaler actions; do
  password=$(listed_password "$role")
  printf 'redis://verger-%s:%s@queue:6379\n' "$role" "${password:-$(random)}" | write "$secrets/redis-url-$role"
done
password() { sed 's/^[^:]*:[^:]*:\([^@]*\)@.*/\1/' "$secrets/redis-url-$1"; }
sed -e "s/>COORDINATOR />$(password coordinator) /" -e "s/>WORKER />$(password worker) /" \
  -e "s/>REDUCER />$(password reducer) /" -e "s/>DASHBOARD />$(password dashboard) /" \
  -e "s/>AUTOSCALER />$(password autoscaler) /" -e "s/>ACTIONS />$(password actions) /" -e '/^#/d' infra/docker/users.acl | write "$secrets/users.acl"

listed_key() {
  sed -n "s/.*\"access\":\"$1\",\"secret\":\"\([^\"]*\)\".*/\1/p" "$secrets/s3-users" 2> /dev/null || true
}
credentials() { # section, access key
  key=$(listed_key "$2")
  printf '[%s]\naws_access_key_id = %s\naws_secret_access_key = %s\n' "$1" "$2" "${key:-$(random)}"
}
for role in root coordinator worker reducer dashboard autoscaler; do
  credentials default "verger-$role" | write "$secrets/s3-$role"
done
credentials 'profile actions' verger-actions | write "$secrets/s3-actions"
secret_key() { sed -n 's/^aws_secret_access_key *= *//p' "$secrets/s3-$1"; }
account() {
  printf '"verger-%s":{"access":"verger-%s","secret":"%s","role":"user"}' "$1" "$1" "$(secret_key "$1")"
}
printf '{"accessAccounts":{%s,%s,%s,%s,%s,%s}}\n' "$(account coordinator)" "$(account worker)" \
  "$(account reducer)" "$(account dashboard)" "$(account autoscaler)" "$(account actions)" | write "$secrets/s3-users"
random | write "$secrets/dashboard-password"

images=$(setting VERGER_IMAGES ./photos)
case $images in
  s3://*)
    fault "a folder in VERGER_IMAGES (.env): $images is not one" \
      "Set VERGER_IMAGES=./photos; buckets are named in the command: verger run $images"
    ;;
  ./photos) mkdir -p photos ;;
  *)
    [ -d "$images" ] || fault "the folder $images" "It is VERGER_IMAGES in .env: create it or name another one."
    ;;
esac
weights=$(setting VERGER_WEIGHTS '')
[ -z "$weights" ] || [ -f "$weights" ] ||
  fault "the file $weights" "It is VERGER_WEIGHTS in .env: name a file, or nothing to download the weights."

port=$(setting VERGER_PORT 3000)
port_taken() { # one of three ways to see who listens
  if [ -r /proc/net/tcp ]; then
    cat /proc/net/tcp /proc/net/tcp6 2> /dev/null | grep -qi "^ *[0-9]*: [0-9A-F]*:$(printf '%04X' "$port") [0-9A-F:]* 0A "
  elif command -v lsof > /dev/null; then
    lsof -nP -iTCP:"$port" -sTCP:LISTEN > /dev/null
  else
    false
  fi
}

if ! command -v docker > /dev/null; then
  fault 'Docker' 'Install Docker Engine or Docker Desktop: https://docs.docker.com/engine/install/'
else
  version=$(docker compose version --short 2> /dev/null || true)
  case ${version#v} in
    2.2[0-9]* | 2.[3-9][0-9]* | [3-9]* | [1-9][0-9]*) ;;
    '') fault 'Docker Compose v2' 'Install the plugin docker-compose-plugin; `docker-compose` (v1) is not enough.' ;;
    *) fault "Docker Compose 2.20 or newer (this is $version)" 'Update the plugin docker-compose-plugin.' ;;
  esac
  if ! said=$(docker info 2>&1 > /dev/null); then
    case $said in
      *'permission denied'*)
        fault 'the right to use Docker' "Add yourself to the group: sudo usermod -aG docker $(id -un); then log in again."
        ;;
      *) fault 'a running Docker engine' "Start it (sudo systemctl start docker). It says: $said" ;;
    esac
  elif port_taken && [ -z "$(docker compose ps -q dashboard 2> /dev/null)" ]; then
    fault "a free port: 127.0.0.1:$port is taken" 'Set VERGER_PORT in .env to another one.'
  fi
fi

if [ "$faults" -gt 0 ]; then
  printf '%s thing(s) missing: see above, then run %s again\n' "$faults" "$0" >&2
  exit 1
fi
printf '\nready. Next:\n\n  docker compose up --build --wait\n'
