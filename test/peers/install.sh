#!/bin/sh
# Installs the pinned programs of other projects that the end-to-end tests and the fixture scripts run against.
#
#   test/peers/install.sh DIR [NAME…]
#
#   registry            go-containerregistry's in-memory registry; serves no Referrers API
#   referrers-registry  the same with its Referrers API, which names the config's media type as artifactType
#   docker-registry     Debian's CNCF distribution 2.8 (apt-get, root): no Referrers API, no `OCI-Subject`
#   crane cosign syft grype
#   oci vex buildkit grypedb   small commands over oras-go, go-vex, BuildKit and Grype, from test/fixtures/layouts/tools; only by name
#   sigstore notation-tool     a private Sigstore, and a signer and verifier over notation-go, from test/fixtures/signing-tools; only by name
#
# Without NAME: all but the last two lines. Needs Go 1.26 or newer. What is there at the pinned version is left alone.
set -eu

GGCR=v0.22.1
COSIGN=v3.1.3
SYFT=v1.52.0
GRYPE=v0.110.0

if [ $# -lt 1 ]; then
  echo "usage: $0 DIR [NAME]…" >&2
  exit 64
fi
fixtures=$(cd "$(dirname "$0")/../fixtures" && pwd)
mkdir -p "$1"
directory=$(cd "$1" && pwd)
shift
[ $# -gt 0 ] || set -- registry referrers-registry docker-registry crane cosign syft grype

install_module() { # NAME PACKAGE VERSION: one main package of a published module
  if [ "$(go version -m "$directory/$1" 2>/dev/null | awk '$1 == "mod" { print $3 }')" = "$3" ]; then
    return
  fi
  echo "installing $2@$3" >&2
  # Syft and Grype write their version, which only the linker knows, into every document.
  GOBIN="$directory" CGO_ENABLED=0 go install -trimpath -ldflags "-X main.version=${3#v}" "$2@$3"
}

build_tool() { # NAME FOLDER PACKAGE [LDFLAGS]: one main package of ours. A copy is built, because go writes what it resolved into go.mod.
  if [ -x "$directory/$1" ] && [ -z "$(find "$fixtures/$2" -name '*.go' -newer "$directory/$1")" ]; then
    return
  fi
  echo "building $1" >&2
  copy=$(mktemp -d)
  cp -r "$fixtures/$2/." "$copy"
  (cd "$copy" && CGO_ENABLED=0 go build -mod=mod -trimpath -ldflags "${4:-}" -o "$directory/$1" "$3")
  rm -rf "$copy"
}

for name in "$@"; do
  case "$name" in
    registry | crane) install_module "$name" "github.com/google/go-containerregistry/cmd/$name" "$GGCR" ;;
    cosign) install_module cosign github.com/sigstore/cosign/v3/cmd/cosign "$COSIGN" ;;
    syft) install_module syft github.com/anchore/syft/cmd/syft "$SYFT" ;;
    grype) install_module grype github.com/anchore/grype/cmd/grype "$GRYPE" ;;
    referrers-registry) build_tool "$name" layouts/tools ./registry ;;
    oci | vex) build_tool "$name" layouts/tools "./$name" ;;
    grypedb) build_tool grypedb layouts/tools/grypedb . ;;
    sigstore) build_tool sigstore signing-tools/sigstore . ;;
    notation-tool) build_tool notation-tool signing-tools/notation . ;;
    buildkit) # BuildKit writes its version into SBOMs
      version=$(awk '$2 == "github.com/moby/buildkit" { print $3 }' "$fixtures/layouts/tools/buildkit/go.mod")
      build_tool buildkit layouts/tools/buildkit . "-X github.com/moby/buildkit/version.Version=$version"
      ;;
    docker-registry)
      if [ ! -x /usr/bin/docker-registry ]; then
        apt-get update -qq >&2
        DEBIAN_FRONTEND=noninteractive apt-get install -y -qq docker-registry >&2
      fi
      ln -sf /usr/bin/docker-registry "$directory/docker-registry"
      ;;
    *)
      echo "$0: unknown program '$name'" >&2
      exit 64
      ;;
  esac
done
