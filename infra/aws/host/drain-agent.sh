#!/bin/bash
# Stops the worker in time when AWS takes this instance away, then completes the lifecycle hook. A service on
# every instance of the worker fleet (worker.sh). All of it ends within the 120 s of the notice and of the hook.
set -euo pipefail
settings=${VERGER_SETTINGS:-/etc/verger/settings}
imds=${VERGER_IMDS:-http://169.254.169.254}
poll=${VERGER_POLL_SECONDS:-3}
worker=verger-worker

say() { printf '%s drain-agent: %s\n' "$(date -u +%FT%TZ)" "$1"; }
setting() { sed -n "s/^$1=//p" "$settings" | tail -n 1; }
region=$(setting REGION) group=$(setting GROUP) hook=$(setting HOOK) grace=$(setting GRACE_SECONDS)
grace=${grace:-90}

# Sets `answer` to the body at a path of the metadata service. Fails if there is none: 404 says that nothing is
# announced, 401 that the token is old; anything else is a hiccup, and the next round asks again.
token=''
metadata() {
  local reply
  [ -n "$token" ] || token=$(curl -sf --noproxy '*' --max-time 2 -X PUT "$imds/latest/api/token" \
    -H 'X-aws-ec2-metadata-token-ttl-seconds: 21600') || return 1
  reply=$(curl -s --noproxy '*' --max-time 2 -w '\n%{http_code}' "$imds/latest/meta-data/$1" \
    -H "X-aws-ec2-metadata-token: $token") || return 1
  case ${reply##*$'\n'} in
    200) answer=${reply%$'\n'*} ;;
    401) token=''; return 1 ;;
    *) return 1 ;;
  esac
}

instance=''
until [ -n "$instance" ]; do
  if metadata instance-id; then instance=$answer; else sleep "$poll"; fi
done

# SIGTERM, then the grace; what is left is killed. The worker gives back the jobs that it cannot finish.
stop_worker() {
  say "$1: stopping the worker, $grace s at most"
  docker stop -t "$grace" "$worker" > /dev/null || say 'docker could not stop the worker'
}

# `systemctl stop`, and the shutdown of an instance that somebody ends by hand: no hook waits for it.
on_term() {
  stop_worker 'this system is shutting down'
  exit 0
}
trap on_term TERM

lifecycle_ends() { metadata autoscaling/target-lifecycle-state && [ "$answer" = Terminated ]; }

# Until it is accepted, or too late to matter (`$1`, in seconds of this script). After the notice of a spot interruption, the group may begin to
# end the instance only some seconds later, and refuses before.
complete_hook() {
  local said
  while true; do
    if said=$(aws autoscaling complete-lifecycle-action --region "$region" --auto-scaling-group-name "$group" \
      --lifecycle-hook-name "$hook" --instance-id "$instance" --lifecycle-action-result CONTINUE 2>&1); then
      say "the hook $hook is completed"
      return
    fi
    say "the hook is not completed yet: ${said//$'\n'/ }"
    [ "$SECONDS" -lt "$1" ] || break
    sleep "$poll"
  done
  say 'the hook is left to its timeout'
}

drain() {
  local until=$((SECONDS + ${VERGER_DRAIN_SECONDS:-115}))
  stop_worker "$1"
  complete_hook "$until"
  exit 0
}

# Nobody pays for a worker that has ended for good (restarts are Docker's), or that has not been ready for
# minutes on end: since a deploy, its queue may be at another address.
unready_since=''
given_up() {
  local why=''
  if [ "$(docker inspect --format '{{.State.Status}}' "$worker" 2> /dev/null)" = exited ]; then
    why='the worker has ended'
  elif [ "$(docker inspect --format '{{.State.Health.Status}}' "$worker" 2> /dev/null)" = unhealthy ]; then
    unready_since=${unready_since:-$SECONDS}
    [ $((SECONDS - unready_since)) -lt "${VERGER_UNREADY_SECONDS:-600}" ] ||
      why="the worker has not been ready for $((SECONDS - unready_since)) s"
  else
    unready_since=''
  fi
  [ -n "$why" ] || return 0
  say "$why: giving up the instance"
  aws autoscaling set-instance-health --region "$region" --instance-id "$instance" \
    --health-status Unhealthy || say 'the instance could not be marked as unhealthy'
  trap - TERM
  systemctl poweroff
  exit 1
}

say "watches $instance of the group $group"
rebalance=''
while true; do
  if metadata spot/instance-action; then drain "spot interruption ($answer)"; fi
  if lifecycle_ends; then drain 'the group ends this instance'; fi
  # Only a warning. The group starts another instance first and then ends this one, which the hook announces;
  # stopping now would only lose capacity.
  if [ -z "$rebalance" ] && metadata events/recommendations/rebalance; then
    rebalance=$answer
    say "rebalance recommended ($rebalance): goes on until the group ends this instance"
  fi
  given_up
  sleep "$poll"
done
