#!/bin/sh
# Makes images/, files/ and keys/ again, from src/, with other people's programs only.
#
#   examples/make.sh           PEERS=DIR for the programs (default: the user's cache), PORT=N for the registry on loopback
#
# Needs Go 1.26, Node with npm, GNU tar and the network. Image digests come out the same; SBOMs, scans, signatures and the manifests that
# carry them do not, because their makers write times, random namespaces or random signatures.
set -eu
here=$(cd "$(dirname "$0")" && pwd)
tools=$here/../test/fixtures/layouts/tools
# shellcheck source=../test/fixtures/layouts/tools/lib.sh
. "$tools/lib.sh"

serve referrers-registry -port "$port"
rm -rf "$here/images" "$here/files" "$here/keys"
mkdir -p "$here/images" "$here/files/evidence" "$here/keys"

keys acme
key=$work/acme.key
cp "$work/acme.pub" "$here/keys/acme.pub"
advisories "$here/src/advisories"
provenance "$work/provenance.json"

with_sbom() { # REFERENCE FORMAT ARTIFACT-TYPE
  sbom "$1" "$2" "$work/sbom.json"
  attach "$1" "$3" "$3=$work/sbom.json" >/dev/null
}

with_provenance() { # REFERENCE
  sign attest --type slsaprovenance1 --predicate "$work/provenance.json" "$1"
}

with_scan() { # REFERENCE
  scan "registry:$1" json "$work/scan.json"
  attach "$1" application/vnd.anchore.grype+json "application/vnd.anchore.grype+json=$work/scan.json" >/dev/null
}

keep() { # REFERENCE TAG: into the layout, with everything that refers to it
  via oci copy "$1" "$here/images" "$2"
}

packages "$here/src/app" "$work/app.tar"
packages "$here/src/chat" "$work/chat.tar"
packages "$here/src/shop" "$work/shop.tar"
app=$host/acme/app
chat=$host/acme/chat
shop=$host/acme/shop

allowed=$app@$(image $app:1.4.0 "$work/app.tar" 1.4.0)
with_sbom "$allowed" spdx-json application/spdx+json
with_provenance "$allowed"
with_scan "$allowed"
verify verify-attestation --type slsaprovenance1 "$allowed"
keep "$allowed" allowed

denied=$chat@$(image $chat:0.9.2 "$work/chat.tar" 0.9.2)
with_sbom "$denied" cyclonedx-json application/vnd.cyclonedx+json
with_provenance "$denied"
with_scan "$denied"
keep "$denied" licence-denied

bare=$app@$(image $app:1.4.1 "$work/app.tar" 1.4.1)
with_sbom "$bare" spdx-json application/spdx+json
with_scan "$bare"
keep "$bare" no-provenance

vulnerable=$shop@$(image $shop:2.0.1 "$work/shop.tar" 2.0.1)
with_sbom "$vulnerable" spdx-json application/spdx+json
with_provenance "$vulnerable"
with_scan "$vulnerable"
keep "$vulnerable" vulnerable

# One byte of the SBOM's blob: it now says cookie 0.7.0, the version without the advisory, under the digest of what said 0.6.0.
tampered=$app@$(image $app:1.4.2 "$work/app.tar" 1.4.2)
with_sbom "$tampered" spdx-json application/spdx+json
blob=$(sha256sum "$work/sbom.json" | cut -d' ' -f1)
with_provenance "$tampered"
with_scan "$tampered"
keep "$tampered" tampered
chmod u+w "$here/images/blobs/sha256/$blob"
sed -i 's/"versionInfo":"0\.6\.0"/"versionInfo":"0.7.0"/' "$here/images/blobs/sha256/$blob"
[ "$(cmp -l "$work/sbom.json" "$here/images/blobs/sha256/$blob" | wc -l)" = 1 ]

# The evidence of 1.4.0, attached to 1.4.3: both statements name another digest than the one they hang on.
foreign=$app@$(image $app:1.4.3 "$work/app.tar" 1.4.3)
sbom "$allowed" spdx-json "$work/predicate.json"
sign attest --type spdxjson --predicate "$work/predicate.json" --no-upload --bundle "$work/sbom.sigstore.json" "$allowed"
sign attest --type slsaprovenance1 --predicate "$work/provenance.json" --no-upload --bundle "$work/provenance.sigstore.json" "$allowed"
bundle=application/vnd.dev.sigstore.bundle.v0.3+json
attach "$foreign" $bundle "$bundle=$work/sbom.sigstore.json" >/dev/null
attach "$foreign" $bundle "$bundle=$work/provenance.sigstore.json" >/dev/null
with_scan "$foreign"
if verify verify-attestation --type slsaprovenance1 "$foreign"; then
  echo 'cosign accepts a foreign attestation' >&2
  exit 1
fi
keep "$foreign" wrong-subject

# BuildKit's form: one index, an attestation manifest beside each platform. SBOMs are made of the module, the layers are tiny.
for architecture in amd64 arm64; do
  mkdir -p "$work/$architecture/app"
  echo "server for $architecture" >"$work/$architecture/app/server"
  layer "$work/$architecture" "$work/$architecture.tar"
  modules "$here/src/server" github.com/acme/server 1.4.0 "$work/$architecture.spdx.json"
done
buildkit -oci-artifact -slsa v1 -name $host/acme/server:1.4.0 -tag index -layout "$work/index" \
  "amd64=$work/amd64.tar,$work/amd64.spdx.json" "arm64=$work/arm64.tar,$work/arm64.spdx.json"
oci import "$work/index" index "$here/images"

# A file as npm packs it, and evidence beside it.
(cd "$here/src/app" && npm pack --silent --pack-destination "$here/files" >/dev/null)
file=$here/files/acme-app-1.4.0.tgz
syft scan --quiet "dir:$here/src/app" --base-path "$here/src/app" --source-name acme-app --source-version 1.4.0 \
  -o "spdx-json=$here/files/evidence/acme-app-1.4.0.spdx.json"
cosign attest-blob --key "$key" --use-signing-config=false --tlog-upload=false --yes --type slsaprovenance1 \
  --predicate "$work/provenance.json" --bundle "$work/file.sigstore.json" "$file" >/dev/null 2>&1
cosign verify-blob-attestation --key "$here/keys/acme.pub" --insecure-ignore-tlog --type slsaprovenance1 \
  --bundle "$work/file.sigstore.json" "$file" >/dev/null 2>&1
node -e 'console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(process.argv[1])).dsseEnvelope))' \
  "$work/file.sigstore.json" >"$here/files/evidence/acme-app-1.4.0.intoto.jsonl"

rm -rf "$here/images/ingest"
oci list "$here/images"
