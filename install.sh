#!/bin/sh
# Installs opcode: fetches a release, verifies who signed it, and puts its one file in place.
#
#   curl -fsSL https://github.com/rendis/opcode/releases/latest/download/install.sh | sh
#
# Nothing is run before all of this file is here: it is cut short as easily as any download.
set -eu

# Whose signature is taken: base64 of an Ed25519 key; filled in when a release is made.
RELEASE_KEY=""
RELEASES="${OPCODE_RELEASES_URL:-https://github.com/rendis/opcode/releases}"

usage() {
  cat <<'TEXT'
install.sh [--prefix DIR] [--version vX.Y.Z]   fetch a release, verify it, install it
install.sh --source [--prefix DIR]             build and install the checkout that holds this script
install.sh --uninstall [--purge]               remove opcode and its service; --purge: its data too

  --prefix DIR   into DIR/bin (default: ~/.local)
  --version V    this release, older ones too (default: the latest)
  --purge        with --uninstall: remove the data directory (OPCODE_HOME, else ~/.opcode)
  --help         print this

OPCODE_RELEASES_URL names another place of releases. Needs no root.
TEXT
}

say() { printf '%s\n' "$*" >&2; }
die() { say "install.sh: $*"; exit 1; }
has() { command -v "$1" >/dev/null 2>&1; }

main() {
  prefix="" version="" source=false uninstall=false purge=false
  while [ $# -gt 0 ]; do
    case "$1" in
      --prefix | --version)
        if [ -z "${2:-}" ]; then wrong "$1: needs a value"; fi
        if [ "$1" = --prefix ]; then prefix="$2"; else version="$2"; fi
        shift
        ;;
      --prefix=*) prefix="${1#*=}" ;;
      --version=*) version="${1#*=}" ;;
      --source) source=true ;;
      --uninstall) uninstall=true ;;
      --purge) purge=true ;;
      -h | --help) usage; exit 0 ;;
      *) wrong "unknown: $1" ;;
    esac
    shift
  done
  if $purge && ! $uninstall; then wrong "--purge: is only of --uninstall"; fi
  if $source && [ -n "$version" ]; then wrong "--version: the checkout is what --source installs"; fi
  if $uninstall && { $source || [ -n "$version" ]; }; then
    wrong "--uninstall: takes --prefix and --purge"
  fi
  if [ -z "$prefix" ]; then
    [ -n "${HOME:-}" ] || die "HOME is not set: name the directory with --prefix"
    prefix="$HOME/.local"
  fi
  case "$prefix" in /*) ;; *) prefix="$PWD/$prefix" ;; esac
  bin="$prefix/bin"
  if $uninstall; then remove; return; fi
  mkdir -p "$bin" 2>/dev/null || die "$bin cannot be made: name another place with --prefix"
  [ -w "$bin" ] || die "$bin cannot be written by this user: name another place with --prefix"
  stage=$(mktemp -d "$bin/.opcode-install.XXXXXX") || die "$bin cannot be written"
  trap 'rm -rf "$stage"' EXIT
  trap 'exit 1' HUP INT TERM
  if $source; then from_source; else from_release; fi
  try_it
  # In one step, and never over a file that runs.
  mv -f "$stage/opcode" "$bin/opcode"
  say "installed $("$bin/opcode" version) as $bin/opcode"
  tell_next
}

wrong() {
  say "install.sh: $*"
  usage >&2
  exit 2
}

from_release() {
  [ -n "$RELEASE_KEY" ] ||
    die "this copy knows no release key: take the one of a release ($RELEASES), or build with --source"
  archive=$(archive_name)
  place="latest/download"
  if [ -n "$version" ]; then place="download/$version"; fi
  for file in manifest.json manifest.json.sig manifest.json.sshsig; do
    fetch "$place/$file" "$stage/$file" 1000000
  done
  is_signed || die "the signature of this release was not verified: it is not ours, or this machine \
has neither openssl 3 nor ssh-keygen 8.1 (macOS has ssh-keygen; Debian and Ubuntu: \
apt-get install openssl)"
  named=$(sed -n 's/^  "version": "\(.*\)",$/\1/p' "$stage/manifest.json")
  [ -z "$version" ] || [ "$named" = "$version" ] ||
    die "asked for $version, and what came is $named"
  if [ -z "$version" ] && is_installed "$named"; then
    say "$named is installed already: $bin/opcode"
    exit 0
  fi
  sum=$(member sha256)
  bytes=$(member bytes)
  if [ -z "$sum" ] || [ -z "$bytes" ]; then die "$named has nothing for this machine: no $archive"; fi
  say "fetching $archive of $named ($((bytes / 1000000)) MB)"
  # What is fetched belongs to the manifest that was verified, even if a later release came between.
  fetch "download/$named/$archive" "$stage/archive" "$bytes"
  [ "$(sha256 "$stage/archive")" = "$sum" ] ||
    die "$archive is not the file of the release: its SHA-256 differs"
  [ "$(tar -tzf "$stage/archive")" = opcode ] || die "$archive holds other files than opcode"
  tar -xzf "$stage/archive" -C "$stage" opcode
  if [ ! -f "$stage/opcode" ] || [ -L "$stage/opcode" ]; then die "$archive holds no file opcode"; fi
  chmod 755 "$stage/opcode"
  expected="$named"
}

from_source() {
  here=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
  [ -f "$here/scripts/build.ts" ] || die "--source: this script does not stand in a checkout of opcode"
  has npm || die "--source: needs Node.js with npm"
  say "building $here"
  (cd "$here" && npm ci --no-audit --no-fund >&2 && npm run --silent build -- --out "$stage" >&2) ||
    die "the build failed"
  expected=""
}

# The new file has to start here before it takes the place of another.
try_it() {
  if [ "$(uname -s)" = Darwin ]; then
    # Apple's processors run nothing without a signature; one of nobody's is enough.
    if has codesign; then codesign --force --sign - "$stage/opcode" 2>/dev/null || :; fi
    if has xattr; then xattr -d com.apple.quarantine "$stage/opcode" 2>/dev/null || :; fi
  fi
  if said=$("$stage/opcode" version 2>&1); then
    [ -z "$expected" ] || [ "$said" = "$expected" ] ||
      die "the file says that it is $said, not $expected"
    return
  fi
  case "$said" in
    *libatomic*) die "opcode needs libatomic.so.1, which is missing here. $(libatomic_remedy)" ;;
    *GLIBC* | *"not found"* | *"No such file"*)
      die "opcode does not start here: $said
It needs a Linux with glibc (Debian 12, Ubuntu 22.04, Fedora, RHEL 9 or later; no Alpine)." ;;
    *Permission*) die "opcode does not start from $bin: is its file system mounted noexec? ($said)" ;;
    *) die "opcode does not start here: $said" ;;
  esac
}

libatomic_remedy() {
  ids=""
  if [ -r /etc/os-release ]; then
    ids=$(sed -n 's/^ID\(_LIKE\)\{0,1\}=//p' /etc/os-release | tr -d '"' | tr '\n' ' ')
  fi
  case " $ids" in
    *" debian"* | *" ubuntu"*) echo "Install it with: apt-get install libatomic1" ;;
    *" fedora"* | *" rhel"* | *" centos"*) echo "Install it with: dnf install libatomic" ;;
    *suse*) echo "Install it with: zypper install libatomic1" ;;
    *" arch"*) echo "Install it with: pacman -S gcc-libs" ;;
    *) echo "It is part of GCC's runtime libraries: libatomic1 or libatomic in most systems." ;;
  esac
}

archive_name() {
  system=$(uname -s)
  processor=$(uname -m)
  case "$system" in
    Linux | Darwin) ;;
    *) die "there is no opcode for $system: Linux and macOS only (on Windows: in WSL)" ;;
  esac
  if [ "$system" = Darwin ] && [ "$(sysctl -n sysctl.proc_translated 2>/dev/null || :)" = 1 ]; then
    # A shell of the other kind, translated.
    processor=arm64
  fi
  case "$processor" in
    x86_64 | amd64) processor=x86_64 ;;
    aarch64 | arm64) processor=arm64 ;;
    *) die "there is no opcode for $processor: x86_64 and arm64 only" ;;
  esac
  echo "opcode_${system}_${processor}.tar.gz"
}

# fetch PATH FILE BYTES: of the release, of no more than so many bytes.
fetch() {
  url="${RELEASES%/}/$1"
  case "$url" in
    https://*) only='=https' ;;
    http://127.0.0.1:* | http://localhost:* | http://\[::1\]:*) only='=http,https' ;;
    *) die "OPCODE_RELEASES_URL: must be an https:// URL, or http:// of this machine" ;;
  esac
  if has curl; then
    curl -fsSL --proto "$only" --proto-redir "$only" --retry 2 --connect-timeout 15 \
      --max-filesize "$3" -o "$2" "$url" || die "$url cannot be fetched"
  elif has wget; then
    wget -q -T 30 -O "$2" "$url" || die "$url cannot be fetched"
  else
    die "needs curl or wget"
  fi
  [ "$(wc -c <"$2")" -le "$3" ] || die "$url is larger than it should be"
}

# One of two tools is enough: each verifies a signature of the same key over the same bytes.
is_signed() {
  is_signed_openssl || is_signed_ssh
}

is_signed_openssl() {
  has openssl || return 1
  # The key's 32 bytes behind what RFC 8410 puts before them.
  printf '%s\n' '-----BEGIN PUBLIC KEY-----' "MCowBQYDK2VwAyEA$RELEASE_KEY" \
    '-----END PUBLIC KEY-----' >"$stage/key.pem"
  openssl pkeyutl -verify -pubin -inkey "$stage/key.pem" -rawin -in "$stage/manifest.json" \
    -sigfile "$stage/manifest.json.sig" >/dev/null 2>&1
}

is_signed_ssh() {
  has ssh-keygen || return 1
  has base64 || return 1
  key=$({
    printf '\000\000\000\013ssh-ed25519\000\000\000\040'
    printf '%s' "$RELEASE_KEY" | base64 -d
  } | base64 | tr -d '\n')
  printf 'opcode namespaces="opcode-release" ssh-ed25519 %s\n' "$key" >"$stage/signers"
  ssh-keygen -Y verify -f "$stage/signers" -I opcode -n opcode-release \
    -s "$stage/manifest.json.sshsig" <"$stage/manifest.json" >/dev/null 2>&1
}

# member NAME: of the archive, in the manifest, which is verified by now.
member() {
  sed -n "/^    \"$archive\": {\$/,/^    }/s/^      \"$1\": \"\{0,1\}\([0-9a-f]*\)\"\{0,1\},\{0,1\}\$/\1/p" \
    "$stage/manifest.json"
}

sha256() {
  if has sha256sum; then sha256sum "$1" | cut -d' ' -f1
  elif has shasum; then shasum -a 256 "$1" | cut -d' ' -f1
  else openssl dgst -sha256 -r "$1" | cut -d' ' -f1; fi
}

is_installed() {
  [ -x "$bin/opcode" ] && [ "$("$bin/opcode" version 2>/dev/null)" = "$1" ]
}

tell_next() {
  called=opcode
  found=$(command -v opcode 2>/dev/null || :)
  if [ "$found" != "$bin/opcode" ]; then
    called="$bin/opcode"
    if [ -n "$found" ]; then
      say "note: the opcode that a shell finds is another one: $found"
    else
      say "note: $bin is not in PATH; this line in your shell's start file changes that:"
      say "  export PATH=\"$bin:\$PATH\""
    fi
  fi
  say "next, a daemon that outlives this session, and how to point an MCP client at it:"
  say "  $called install"
}

remove() {
  data="${OPCODE_HOME:-${HOME:-}/.opcode}"
  if [ -x "$bin/opcode" ]; then
    "$bin/opcode" service uninstall >&2 ||
      die "its service was not removed (see above), so that all was left as it is"
    "$bin/opcode" stop >&2 || die "a daemon still runs (see above), so that all was left as it is"
    rm -f "$bin/opcode" "$bin/.opcode.previous"
    say "removed $bin/opcode"
  else
    say "there is no $bin/opcode"
  fi
  if ! $purge; then
    if [ -d "$data" ]; then say "kept the data: $data (--purge removes it)"; fi
    return
  fi
  if [ ! -d "$data" ]; then return; fi
  [ -e "$data/opcode.db" ] || [ -e "$data/settings.json" ] || [ -e "$data/opcode.lock" ] ||
    die "--purge: $data does not look like a data directory of opcode; it was left as it is"
  rm -rf "$data"
  say "removed $data"
}

main "$@"
