# What the scripts here share; each names its agent and says how it is driven. Sourced, with the script's own arguments:
# the agent, guardian, both absolute paths. Nothing leaves the machine: the script starts itself anew in a network
# namespace of its own, where a stand-in for the model listens on the loopback. Needs node and root.
set -euo pipefail
here=$(cd "$(dirname "$0")" && pwd)
agent=$1 guardian=$2

if [ "${3:-}" != inside ]; then
  exec unshare -n "$0" "$agent" "$guardian" inside
fi
ip link set lo up

# Makes a home with a repository and one rule, and goes there. Sets `work`, and `clean`: what a command is started with,
# so that it sees nothing of the tester's environment.
fresh_home() {
  # Not below /tmp, which every box may write.
  work=$(mktemp -d "${E2E_DIR:-$HOME}/guardian-e2e.XXXXXX")
  mkdir -p "$work/home/repo/.git" "$work/home/.config/guardian/rules"
  echo hello > "$work/home/repo/README.md"
  echo 'prefix_rule(pattern = ["npm", "publish"], decision = "forbidden")' > "$work/home/.config/guardian/rules/d.rules"
  clean=(env -i "HOME=$work/home" PATH=/usr/bin:/bin LANG=C.UTF-8)
  cd "$work/home/repo"
}

# Installs guardian with these words (`none`: not at all), then does to the settings what sed is told to.
install_guardian() {
  local name=$1 words=$2 settings=$3 spoil=$4
  if [ "$words" != none ]; then
    # shellcheck disable=SC2086
    "${clean[@]}" "$guardian" install "$name" $words > "$work/install.log" 2>&1
  fi
  [ -z "$spoil" ] || sed -i "$spoil" "$work/home/$settings"
}

# Runs a command, the agent, while the model's stand-in proposes $1 and writes down what came back.
with_model() {
  local command=$1 stand_in=$2 model
  shift 2
  CMD=$command PORT=$port LOG=$work node "$here/$stand_in" &
  model=$!
  sleep 0.5
  "${clean[@]}" "$@" < /dev/null > "$work/out.txt" 2>&1 || true
  kill "$model"
  wait "$model" 2>/dev/null || true
}

# Leaves the home and removes it.
leave_home() {
  [ -z "${E2E_VERBOSE:-}" ] || cat "$work/out.txt" "$work/requests.log" >&2
  cd "$here"
  rm -rf "$work"
}

tried=0 failed=0
# What is tried, what the agent has to be told, and the words of `try`, or of the function that `trying` names.
expect() {
  local name=$1 wanted=$2 got
  shift 2
  tried=$((tried + 1))
  got=$("${trying:-try}" "$@")
  if grep -q -- "$wanted" <<< "$got"; then
    echo "ok    $name"
  else
    echo "WRONG $name: $got"
    failed=$((failed + 1))
  fi
}

# Says how it went, and ends.
finish() {
  echo "$((tried - failed)) of $tried"
  exit "$((failed > 0))"
}
