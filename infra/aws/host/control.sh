#!/bin/bash
# Sets up the control box: queue, reducer, autoscaler and dashboard, by Docker Compose. Run once, as root, by
# the user data (Amazon Linux 2023). Run again, through Session Manager, it applies a changed .env and passwords
# that were changed in Secrets Manager. When a step fails, it says which and why on the console and in the log
# group; the box stays, to be looked at.
set -euo pipefail
compose=(docker compose)
here=$(cd "$(dirname "$0")" && pwd)
cd "$here/../../.."
# shellcheck source=infra/aws/host/common.sh
. "$here/common.sh"
secrets=infra/docker/secrets
region='' log_group=''

say_why() {
  local status=$? text
  [ "$status" -ne 0 ] || return 0
  trap - EXIT
  set +e
  text=$(failure 'the control box' "$status")
  say "$text"
  say "the whole of it: $log. Afterwards run $here/control.sh again"
  [ -z "$log_group" ] || report control/start "$text"
  exit "$status"
}
trap say_why EXIT

begin 'read the settings'
region=$(setting REGION)
log_group=$(setting LOG_GROUP)
image=$(setting IMAGE)
registry=$(setting REGISTRY)
group=$(setting GROUP)
roots=$(setting ALLOW_ROOTS)
places=$(setting PLACES)
most=$(setting MAX_VCPUS)
vcpu_step=$(setting VCPU_STEP)
queue_secrets=$(setting REDIS_SECRET)
dashboard_secret=$(setting DASHBOARD_SECRET)
tls=$(sed -n 's/^VERGER_TLS=//p' "$settings" | tail -n 1)

begin 'install Docker and Compose'
again dnf install -y docker
systemctl enable --now docker
again bash "$here/install-compose.sh"
pull "$region" "$registry" "$image"

begin 'write .env'
# Never over what somebody has changed. The last of two lines counts.
if [ ! -e .env ]; then
  files=docker-compose.yml:infra/aws/compose.override.yml
  [ -z "$tls" ] || files=$files:infra/aws/compose.tls.yml
  cat .env.example - > .env.new << EOF

# Written by infra/aws/host/control.sh. To change a setting: edit it here, then run that script again.
COMPOSE_FILE=$files
COMPOSE_PROFILES=
VERGER_USER=1000:1000
VERGER_DOCKER_IMAGE=$image
VERGER_S3_ENDPOINT=
AWS_REGION=$region
VERGER_ALLOW_ROOTS=$roots
VERGER_PLACES=$places
VERGER_GROUP=$group
VERGER_MAX_VCPUS=$most
VERGER_VCPU_STEP=$vcpu_step
VERGER_LOG_GROUP=$log_group
EOF
  mv .env.new .env
fi

begin 'read the passwords'
mkdir -p "$secrets"
chmod 700 "$secrets"
put() { # file; as setup.sh leaves them
  cat > "$secrets/$1.new"
  chmod 444 "$secrets/$1.new"
  mv -f "$secrets/$1.new" "$secrets/$1"
}
for user in coordinator worker reducer dashboard autoscaler; do
  password=$(secret_text "$region" "$queue_secrets$user")
  printf 'redis://verger-%s:%s@queue:6379\n' "$user" "$password" | put "redis-url-$user"
done
password=$(secret_text "$region" "$dashboard_secret")
printf '%s\n' "$password" | put dashboard-password
rm -f "$secrets/users.acl" # setup.sh makes it, with these passwords
if [ -n "$tls" ]; then
  begin "make the queue's certificate"
  new_session
  VERGER_SECRETS=$PWD/$secrets bash "$here/queue-certificate.sh" "$(metadata local-ipv4)"
fi

begin 'check what the services need'
sh infra/docker/setup.sh

begin 'start the services'
"${compose[@]}" up --detach --no-build --remove-orphans --force-recreate --wait --wait-timeout 300
say 'the control box is ready'
