# Sourced by ./demo and ./check: packages, configure, build. Every step ends in one line with its seconds, or in a remedy.

korean() { case "${DURE_LANG:-${LC_ALL:-${LC_MESSAGES:-${LANG:-}}}}" in ko*) return 0 ;; *) return 1 ;; esac; }
say() { if korean; then echo "$2"; else echo "$1"; fi; }               # say ENGLISH KOREAN
remedy() { echo "error: $(say "$1" "$2")" >&2; }
step() { printf '%-10s %4d s  %s\n' "$1" "$2" "$3"; }                   # step NAME SECONDS WHAT

# install_packages [check]   installs what packages.txt lists (of it, with an argument, what that is for) and is missing, as root or through sudo.
install_packages() {
  local start=$SECONDS missing=() listed=0 name command only
  if ! command -v dpkg-query >/dev/null 2>&1; then
    say "packages: no dpkg here, so nothing is installed; packages.txt lists what is needed, by its Debian 12 names" \
      "패키지: dpkg가 없어 설치를 건너뜁니다. 필요한 패키지의 Debian 12 이름이 packages.txt에 있습니다"
    return 0
  fi
  while read -r name command only; do
    case "$name" in '' | '#'*) continue ;; esac
    if [ "$only" != "${1:-}" ]; then continue; fi
    listed=$((listed + 1))
    if [ -n "$command" ] && command -v "$command" >/dev/null 2>&1; then continue; fi
    if dpkg-query -W -f='${Status}' "$name" 2>/dev/null | grep -q 'ok installed'; then continue; fi
    missing+=("$name")
  done <packages.txt
  if [ ${#missing[@]} -gt 0 ]; then
    local by_hand="apt-get install --no-install-recommends ${missing[*]}" as_root=() log="$PWD/build/packages.log"
    if [ "$(id -u)" -ne 0 ]; then
      if ! command -v sudo >/dev/null 2>&1; then
        remedy "packages are missing, and this is neither root nor is there sudo. As root: $by_hand" \
          "빠진 패키지가 있지만 root가 아니고 sudo도 없습니다. root로 다음을 실행하십시오: $by_hand"
        return 5
      fi
      as_root=(sudo)
    fi
    say "installing ${#missing[@]} package(s), a few minutes the first time: ${missing[*]}" "패키지 ${#missing[@]}개를 설치합니다(처음에는 몇 분): ${missing[*]}"
    mkdir -p build
    if ! { "${as_root[@]}" apt-get update -qq && "${as_root[@]}" env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends "${missing[@]}"; } >"$log" 2>&1; then
      tail -n 15 "$log" >&2
      remedy "the packages could not be installed (whole log: $log). They are Debian 12 packages from the network; if the network is fine, try by hand: $by_hand" \
        "패키지를 설치하지 못했습니다(전체 기록: $log). Debian 12 패키지를 네트워크에서 받습니다. 네트워크에 이상이 없으면 직접 해 보십시오: $by_hand"
      return 5
    fi
  fi
  step packages $((SECONDS - start)) "$(say "$listed needed, ${#missing[@]} installed now" "필요 ${listed}개, 이번에 설치 ${#missing[@]}개")"
}

# As many compilers as there are cores, and no more than fit: about 1.5 GiB each, of which the largest need most.
build_jobs() {
  local cores memory_kib limit jobs
  cores=$(nproc)
  memory_kib=$(awk '/^MemAvailable:/ {print $2}' /proc/meminfo)
  limit=$(cat /sys/fs/cgroup/memory.max 2>/dev/null || true)
  case "$limit" in '' | max) ;; *) [ $((limit / 1024)) -lt "$memory_kib" ] && memory_kib=$((limit / 1024)) ;; esac
  jobs=$((memory_kib / 1572864))
  [ "$jobs" -gt "$cores" ] && jobs=$cores
  [ "$jobs" -lt 1 ] && jobs=1
  echo "$jobs"
}

# Keeps the compiler's output in a file; on a terminal, shows how far it is.
keep_log() {
  local line
  while IFS= read -r line; do
    printf '%s\n' "$line" >&3
    if [ -t 2 ] && [[ $line =~ ^\[([0-9]+)/([0-9]+)\] ]]; then printf '\r%s %s / %s ' "$(say building "빌드 중")" "${BASH_REMATCH[1]}" "${BASH_REMATCH[2]}" >&2; fi
  done 3>>"$1"
  if [ -t 2 ]; then printf '\r\033[K' >&2; fi
}

# build_preset PRESET [options of cmake --build]
build_preset() {
  local preset=$1 start=$SECONDS log="$PWD/build/$1.log"
  mkdir -p build
  if ! cmake --preset "$preset" >"$log" 2>&1; then
    grep -A 6 -E "CMake Error" "$log" | head -n 40 >&2 || true
    remedy "cmake could not configure $preset (whole log: $log). If the checkout was moved, remove build/$preset and try again" \
      "cmake가 $preset 구성을 마치지 못했습니다(전체 기록: $log). 폴더를 옮겼다면 build/$preset 를 지우고 다시 하십시오"
    return 1
  fi
  if ! cmake --build --preset "$preset" -j "$(build_jobs)" "${@:2}" 2>&1 | keep_log "$log"; then
    grep -E "error|FAILED|Killed" "$log" | head -n 40 >&2 || true
    remedy "building $preset failed (whole log: $log). If a compiler was killed, memory ran out: cmake --build --preset $preset -j 1" \
      "$preset 빌드에 실패했습니다(전체 기록: $log). 컴파일러가 강제 종료(Killed)되었다면 메모리 부족입니다: cmake --build --preset $preset -j 1"
    return 1
  fi
  step build $((SECONDS - start)) "$(say "$preset" "$preset")"
  grep -hE "^(-- )?(report|microbench): " "$log" | sort -u || true
}
