# Shared by worker.sh and control.sh, which source it: settings, steps, and what is said when a step fails.
# shellcheck shell=bash
settings=${VERGER_SETTINGS:-/etc/verger/settings}
imds=${VERGER_IMDS:-http://169.254.169.254}
log=${VERGER_LOG:-/var/log/verger-start.log}
pause=${VERGER_PAUSE_SECONDS:-2}
step=''

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

ask() { curl -sSf --noproxy '*' --max-time 2 "$@"; }
new_token() { token=$(ask -X PUT "$imds/latest/api/token" -H 'X-aws-ec2-metadata-token-ttl-seconds: 300'); }
new_session() { again new_token; }
metadata() { again ask -H "X-aws-ec2-metadata-token: $token" "$imds/latest/meta-data/$1"; }

# Logs in to ECR and pulls the image of verger.
pull() { # region, registry, image
  # shellcheck disable=SC2317 # called by `again`
  log_in() { aws ecr get-login-password --region "$1" | docker login -u AWS --password-stdin "$2"; }
  begin 'log in to the registry of images'
  again log_in "$1" "$2"
  begin 'pull the image'
  again docker pull --quiet "$3"
}

# What a secret holds. No command line and no environment has it.
secret_text() { # region, name
  again aws secretsmanager get-secret-value --region "$1" --secret-id "$2" --query SecretString --output text
}

failure() { # who, exit code
  printf '%s could not %s (exit %s): %s' "$1" "$step" "$2" "$(tail -n 8 "$log" | tr '\n' ' ')"
}

report() { # stream, text: one event in the log group `log_group`, where the services' own lines are
  # shellcheck disable=SC2154 # of those who source this
  local place=(--region "$region" --log-group-name "$log_group" --log-stream-name "$1") events
  printf '%s' "$2" > "$log.event"
  events=$(python3 -c 'import json, sys, time
print(json.dumps([{"timestamp": int(time.time() * 1000), "message": open(sys.argv[1]).read()}]))' "$log.event")
  aws logs create-log-stream "${place[@]}"
  aws logs put-log-events "${place[@]}" --log-events "$events"
}
