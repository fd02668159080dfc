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

# A Sigstore of Acme's own, on loopback: who asks gets an identity, as in a CI job. Its keys die with it.
"$tools/../../../peers/install.sh" "$peers" sigstore
sigstore -port 0 -now 2026-11-02T09:30:00Z "$work/sigstore" >"$work/sigstore.log" &
servers="$servers $!"
until grep -q 'listening on' "$work/sigstore.log"; do sleep 0.2; done
url=http://$(sed -n 's/^listening on //p' "$work/sigstore.log")
cp "$work/sigstore/trusted_root.json" "$here/keys/trusted_root.json"

workflow() { # REPOSITORY: from here on, that repository's release workflow signs
  cat >"$work/claims.json" <<-JSON
	{
	  "iss": "https://token.actions.githubusercontent.com", "sub": "repo:$1:ref:refs/heads/main", "event_name": "push",
	  "job_workflow_ref": "$1/.github/workflows/release.yml@refs/heads/main", "job_workflow_sha": "$commit",
	  "workflow_ref": "$1/.github/workflows/release.yml@refs/heads/main", "workflow_sha": "$commit", "workflow": "Release",
	  "sha": "$commit", "ref": "refs/heads/main", "repository": "$1", "repository_id": "1", "repository_owner": "${1%/*}",
	  "repository_owner_id": "2", "repository_visibility": "public", "runner_environment": "github-hosted",
	  "run_id": "11642023456", "run_attempt": "1"
	}
	JSON
  curl -sf --data-binary "@$work/claims.json" "$url/token" >"$work/token"
}
commit=9e5fd7f5d3c1b2a4f60718293a4b5c6d7e8f9012

keyless() { # COMMAND ARGUMENTS…: cosign with the identity of `workflow`
  command=$1
  shift
  via cosign "$command" --signing-config "$work/sigstore/signing_config.rekor-v2.json" --trusted-root "$work/sigstore/trusted_root.json" \
    --identity-token "$work/token" --yes "$@" >>"$work/cosign.log" 2>&1 || { cat "$work/cosign.log" >&2; exit 1; }
}

logged() { # COMMAND ARGUMENTS…: cosign with the scanner's key, and an entry in the log
  command=$1
  shift
  via cosign "$command" --signing-config "$work/sigstore/signing_config.rekor-v1.json" --trusted-root "$work/sigstore/trusted_root.json" \
    --key "$work/scanner.key" --yes "$@" >>"$work/cosign.log" 2>&1 || { cat "$work/cosign.log" >&2; exit 1; }
}

keys scanner
cp "$work/scanner.pub" "$here/keys/scanner.pub"
advisories "$here/src/advisories"
provenance "$work/provenance.json"

with_signature() { # REFERENCE
  keyless sign --allow-http-registry "$1"
}

# SBOM and scan are documents of their own, attached as they are: whoever vouches for one signs the artifact that carries it.
with_sbom() { # REFERENCE FORMAT ARTIFACT-TYPE
  sbom "$1" "$2" "$work/sbom.json"
  keyless sign --allow-http-registry "${1%@*}@$(attach "$1" "$3" "$3=$work/sbom.json")"
}

with_provenance() { # REFERENCE
  keyless attest --allow-http-registry --type slsaprovenance1 --predicate "$work/provenance.json" "$1"
}

with_scan() { # REFERENCE
  scan "registry:$1" json "$work/scan.json"
  type=application/vnd.anchore.grype+json
  logged sign --allow-http-registry "${1%@*}@$(attach "$1" $type "$type=$work/scan.json")"
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

# Everything is released by one workflow, in the imagined repository acme/app.
workflow acme/app

allowed=$app@$(image $app:1.4.0 "$work/app.tar" 1.4.0)
with_signature "$allowed"
with_sbom "$allowed" spdx-json application/spdx+json
with_provenance "$allowed"
with_scan "$allowed"
keep "$allowed" allowed

denied=$chat@$(image $chat:0.9.2 "$work/chat.tar" 0.9.2)
with_signature "$denied"
with_sbom "$denied" cyclonedx-json application/vnd.cyclonedx+json
with_provenance "$denied"
with_scan "$denied"
keep "$denied" licence-denied

bare=$app@$(image $app:1.4.1 "$work/app.tar" 1.4.1)
with_signature "$bare"
with_sbom "$bare" spdx-json application/spdx+json
with_scan "$bare"
keep "$bare" no-provenance

vulnerable=$shop@$(image $shop:2.0.1 "$work/shop.tar" 2.0.1)
with_signature "$vulnerable"
with_sbom "$vulnerable" spdx-json application/spdx+json
with_provenance "$vulnerable"
with_scan "$vulnerable"
keep "$vulnerable" vulnerable

# One byte of the SBOM's blob: it now says cookie 0.7.0, the version without the advisory, under the digest of what said 0.6.0.
tampered=$app@$(image $app:1.4.2 "$work/app.tar" 1.4.2)
with_signature "$tampered"
with_sbom "$tampered" spdx-json application/spdx+json
blob=$(sha256sum "$work/sbom.json" | cut -d' ' -f1)
with_provenance "$tampered"
with_scan "$tampered"
keep "$tampered" tampered
chmod u+w "$here/images/blobs/sha256/$blob"
sed -i 's/"versionInfo":"0\.6\.0"/"versionInfo":"0.7.0"/' "$here/images/blobs/sha256/$blob"
[ "$(cmp -l "$work/sbom.json" "$here/images/blobs/sha256/$blob" | wc -l)" = 1 ]

# The evidence of 1.4.0, signature included, attached to 1.4.3: all of it names another digest than the one it hangs on.
foreign=$app@$(image $app:1.4.3 "$work/app.tar" 1.4.3)
sbom "$allowed" spdx-json "$work/predicate.json"
bundle=application/vnd.dev.sigstore.bundle.v0.3+json
keyless sign --allow-http-registry --upload=false --bundle "$work/signature.sigstore.json" "$allowed"
keyless attest --allow-http-registry --type spdxjson --predicate "$work/predicate.json" --no-upload --bundle "$work/sbom.sigstore.json" "$allowed"
keyless attest --allow-http-registry --type slsaprovenance1 --predicate "$work/provenance.json" --no-upload --bundle "$work/provenance.sigstore.json" "$allowed"
attach "$foreign" $bundle "$bundle=$work/signature.sigstore.json" >/dev/null
attach "$foreign" $bundle "$bundle=$work/sbom.sigstore.json" >/dev/null
attach "$foreign" $bundle "$bundle=$work/provenance.sigstore.json" >/dev/null
with_scan "$foreign"
keep "$foreign" wrong-subject

# All the evidence, but nobody signed the image.
unsigned=$app@$(image $app:1.4.4 "$work/app.tar" 1.4.4)
with_sbom "$unsigned" spdx-json application/spdx+json
with_provenance "$unsigned"
with_scan "$unsigned"
keep "$unsigned" unsigned

# BuildKit's form: one index, an attestation manifest beside each platform. SBOMs are made of the module, the layers are tiny.
# Whoever signs the index vouches for what is in it.
for architecture in amd64 arm64; do
  mkdir -p "$work/$architecture/app"
  echo "server for $architecture" >"$work/$architecture/app/server"
  layer "$work/$architecture" "$work/$architecture.tar"
  modules "$here/src/server" github.com/acme/server 1.4.0 "$work/$architecture.spdx.json"
done
buildkit -oci-artifact -slsa v1 -name $host/acme/server:1.4.0 -tag index -layout "$work/index" \
  "amd64=$work/amd64.tar,$work/amd64.spdx.json" "arm64=$work/arm64.tar,$work/arm64.spdx.json"
via crane push --insecure "$work/index" $host/acme/server:1.4.0 >/dev/null 2>&1
server=$host/acme/server@$(via crane digest --insecure $host/acme/server:1.4.0)
with_signature "$server"
keep "$server" index

# The same image as `allowed` in all but its version, everything signed by the workflow of somebody else's fork.
workflow mallory/app
stolen=$app@$(image $app:1.4.5 "$work/app.tar" 1.4.5)
with_signature "$stolen"
with_sbom "$stolen" spdx-json application/spdx+json
with_provenance "$stolen"
with_scan "$stolen"
keep "$stolen" wrong-signer
workflow acme/app

# A Notary Project signature, under the company's own certificate authority.
"$tools/../../../peers/install.sh" "$peers" notation-tool
notary=$app@$(image $app:1.4.6 "$work/app.tar" 1.4.6)
with_sbom "$notary" spdx-json application/spdx+json
keep "$notary" notary
notation-tool sign "$here/images" notary "$here/keys/acme-ca.pem"

# A file as npm packs it, and evidence beside it.
(cd "$here/src/app" && npm pack --silent --pack-destination "$here/files" >/dev/null)
file=$here/files/acme-app-1.4.0.tgz
syft scan --quiet "dir:$here/src/app" --base-path "$here/src/app" --source-name acme-app --source-version 1.4.0 \
  -o "spdx-json=$here/files/evidence/acme-app-1.4.0.spdx.json"
keyless sign-blob --bundle "$here/files/acme-app-1.4.0.tgz.sigstore.json" "$file"
keyless attest-blob --type slsaprovenance1 --predicate "$work/provenance.json" --bundle "$work/file.sigstore.json" "$file"
node -e 'console.log(JSON.stringify(JSON.parse(require("fs").readFileSync(process.argv[1]))))' \
  "$work/file.sigstore.json" >"$here/files/evidence/acme-app-1.4.0.intoto.jsonl"

rm -rf "$here/images/ingest"
oci list "$here/images"
