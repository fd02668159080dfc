#!/bin/sh
# Builds the programs of other projects (once) and runs the tests that need them. Needs Go 1.26 and, for docker-registry, root on Debian.
set -eu
cd "$(dirname "$0")/../.."
VERDICT_PEERS_BIN=${VERDICT_PEERS_BIN:-${XDG_CACHE_HOME:-$HOME/.cache}/verdict-peers/bin}
export VERDICT_PEERS_BIN VERDICT_TEST=peers
sh test/peers/install.sh "$VERDICT_PEERS_BIN" registry referrers-registry docker-registry crane cosign notation-tool
exec npx vitest run "$@"
