# Sourced by ./demo and ./check: installs what packages.txt lists and is missing.
install_packages() {
  local missing=() name command
  while read -r name command _; do
    case "$name" in ''|'#'*) continue ;; esac
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    if dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed'; then continue; fi
    missing+=("$name")
  done <packages.txt
  [ ${#missing[@]} -eq 0 ] && return 0
  echo "installing: ${missing[*]}"
  local as_root=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null 2>&1 || { echo "error: not root and no sudo; as root: apt-get install ${missing[*]}" >&2; return 5; }
    as_root=(sudo)
  fi
  "${as_root[@]}" apt-get update -qq &&
    "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}" >/dev/null ||
    { echo "error: the packages could not be installed; see above" >&2; return 5; }
}

# Configures and builds a preset; prints the compiler's output only when it fails.
build_preset() {
  local log="build/$1.log"
  mkdir -p build
  if ! { cmake --preset "$1" && cmake --build --preset "$1" "${@:2}"; } >"$log" 2>&1; then
    grep -E "error|FAILED|CMake Error" "$log" | head -40 >&2
    tail -30 "$log" >&2
    echo "error: building $1 failed; the whole log is $log" >&2
    return 1
  fi
  grep -E "^-- (report|DURE):" "$log" || true
}
