#!/bin/bash
# Makes a new instance of the worker fleet a worker: run once, as root, by its user data (Amazon Linux 2023).
# When a step fails, it says which and why on the console and in the log group, and gives up the instance.
set -euo pipefail
settings=${VERGER_SETTINGS:-/etc/verger/settings}
imds=${VERGER_IMDS:-http://169.254.169.254}
secrets=${VERGER_SECRETS:-/run/verger}
units=${VERGER_UNITS:-/etc/systemd/system}
log=${VERGER_LOG:-/var/log/verger-worker.log}
pause=${VERGER_PAUSE_SECONDS:-2}
ready_tries=${VERGER_READY_TRIES:-150}
here=$(cd "$(dirname "$0")" && pwd)
instance=unknown region='' log_group='' step=''

exec 3>&1 >> "$log" 2>&1 # 3: the console
say() {
  printf 'verger: %s\n' "$1"
  printf 'verger: %s\n' "$1" >&3
}
begin() {
  step=$1
  say "$step"
}

setting() { # of those that must be there
  local value
  value=$(sed -n "s/^$1=//p" "$settings" | tail -n 1)
  [ -n "$value" ] || { echo "there is no $1 in $settings" && return 1; } >&2
  printf '%s' "$value"
}

again() { # until it works, five times at most
  local try
  for try in 1 2 3 4; do
    if "$@"; then return; fi
    sleep $((pause * try))
  done
  "$@"
}

report() { # one event in the log group, where the worker's own lines would be
  local stream=worker/$instance/start
  aws logs create-log-stream --region "$region" --log-group-name "$log_group" --log-stream-name "$stream"
  printf '%s' "$1" > "$log.event"
  aws logs put-log-events --region "$region" --log-group-name "$log_group" --log-stream-name "$stream" \
    --log-events "$(python3 -c 'import json, sys, time
print(json.dumps([{"timestamp": int(time.time() * 1000), "message": open(sys.argv[1]).read()}]))' "$log.event")"
}

# A broken instance must not cost money for ever: the group replaces it, and the safety net ends what is broken
# again and again.
give_up() {
  local status=$? text
  [ "$status" -ne 0 ] || return 0
  trap - EXIT
  set +e
  text="verger: $instance could not $step (exit $status): $(tail -n 8 "$log" | tr '\n' ' ')"
  printf '%s\n' "$text" >&3
  [ -z "$log_group" ] || report "$text"
  [ -z "$region" ] || aws autoscaling set-instance-health --region "$region" --instance-id "$instance" \
    --health-status Unhealthy
  systemctl poweroff
  exit "$status"
}
trap give_up EXIT

begin 'read the settings'
region=$(setting REGION)
log_group=$(setting LOG_GROUP)
image=$(setting IMAGE)
registry=$(setting REGISTRY)
queue=$(setting REDIS_HOST)
secret=$(setting REDIS_SECRET)
roots=$(setting ALLOW_ROOTS)
grace=$(setting GRACE_SECONDS)
tls=$(sed -n 's/^VERGER_TLS=//p' "$settings" | tail -n 1)

begin 'ask the metadata service what this instance is'
ask() { curl -sSf --noproxy '*' --max-time 2 "$@"; }
new_token() { token=$(ask -X PUT "$imds/latest/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 300'); }
again new_token
metadata() { again ask -H "X-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/$1"; }
instance=$(metadata instance-id)
type=$(metadata instance-type)

begin 'install Docker'
again dnf install -y docker
systemctl enable --now docker

begin 'log in to the registry of images'
log_in() { aws ecr get-login-password --region "$region" | docker login -u AWS --password-stdin "$registry"; }
again log_in
begin 'pull the image'
again docker pull --quiet "$image"

begin "read the queue's password"
umask 077
mkdir -p "$secrets"
# Into a file in memory: no command line and no environment has the password.
read_secret() {
  aws secretsmanager get-secret-value --region "$region" --secret-id "$secret" \
    --query SecretString --output text > "$secrets/password"
}
again read_secret
case $queue in *:*) ;; *) queue=$queue:6379 ;; esac
scheme=redis
more=()
if [ -n "$tls" ]; then
  begin "read the certificate of the queue's authority"
  scheme=rediss
  read_authority() {
    aws ssm get-parameter --region "$region" --name "$tls" --query Parameter.Value --output text \
      > "$secrets/ca.pem"
  }
  again read_authority
  chown 1000:1000 "$secrets/ca.pem"
  more=(--mount "type=bind,source=$secrets/ca.pem,target=/run/secrets/ca.pem,readonly"
    --env NODE_EXTRA_CA_CERTS=/run/secrets/ca.pem)
fi
printf '%s://verger-worker:%s@%s\n' "$scheme" "$(cat "$secrets/password")" "$queue" > "$secrets/redis-url"
rm "$secrets/password"
chown 1000:1000 "$secrets/redis-url" # the user of the image
umask 022

begin 'start the worker'
cpus=$(nproc)
# All but what the system, Docker and the agents need.
memory=$(($(sed -n 's/^MemTotal: *\([0-9]*\) kB$/\1/p' /proc/meminfo) / 1024 - 450))
docker run --detach --name verger-worker --hostname "$instance" --init --user 1000:1000 \
  --restart on-failure --network bridge \
  --read-only --cap-drop ALL --security-opt no-new-privileges --tmpfs /tmp:mode=1777,size=256m \
  --memory "${memory}m" --memory-swap "${memory}m" --cpus "$cpus" --pids-limit $((256 + 64 * cpus)) \
  --log-driver awslogs --log-opt awslogs-region="$region" --log-opt awslogs-group="$log_group" \
  --log-opt awslogs-stream="worker/$instance" --log-opt mode=non-blocking \
  --mount "type=bind,source=$secrets/redis-url,target=/run/secrets/redis-url,readonly" \
  --env VERGER_REDIS_URL_FILE=/run/secrets/redis-url \
  --env VERGER_ALLOW_ROOTS="$roots" --env AWS_REGION="$region" --env VERGER_INSTANCE_TYPE="$type" \
  --env VERGER_WORKER_NAME="$instance" --env VERGER_HEALTH=0.0.0.0:9464 --env VERGER_CACHE=/tmp/verger \
  --env VERGER_GRACE=$((grace > 10 ? grace - 10 : grace)) \
  "${more[@]}" "$image" worker

begin 'start the drain agent'
cat > "$units/verger-drain.service" << EOF
[Unit]
Description=Stops the verger worker when this instance is taken away
After=docker.service network-online.target
[Service]
ExecStart=/bin/bash $here/drain-agent.sh
StandardOutput=journal+console
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=$((grace + 15))
[Install]
WantedBy=multi-user.target
[Unit]
Description=Stops the verger worker when this instance is taken away
After=docker.service network-online.target
[Service]
ExecStart=/bin/bash $here/drain-agent.sh
StandardOutput=journal+console
Restart=on-failure
RestartSec=2
KillMode=mixed
TimeoutStopSec=$((grace + 15))
[Install]
WantedBy=multi-user.target
EOF
systemctl daemon-reload
systemctl enable --now verger-drain.service

begin 'see the worker take jobs'
health() { docker inspect --format '{{.State.Health.Status}}' verger-worker; }
for ((try = 1; ; try++)); do
  [ "$(health)" != healthy ] || break
  if [ "$try" -ge "$ready_tries" ]; then
    docker logs --tail 5 verger-worker || true
    exit 1
  fi
  sleep "$pause"
done
say "$instance takes jobs"
