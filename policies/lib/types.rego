package lib

import future.keywords.not

# METADATA
# title: Families of document types
# description: >-
#   What a report's type means to this library: its predicate type, or its media type where there is no statement.
#   The type decides, never the content: an identity speaks for types, so a document of another type
#   that merely looks like an SBOM must not pass for one.
families := {
	"application/spdx+json": "spdx",
	"text/spdx": "spdx",
	"https://spdx.dev/Document": "spdx",
	"https://spdx.dev/Document/v2.2": "spdx",
	"https://spdx.dev/Document/v2.3": "spdx",
	"https://spdx.dev/Document/v3": "spdx",
	"https://spdx.dev/Document/v3.0": "spdx",
	"https://spdx.dev/Document/v3.0.1": "spdx",
	"application/vnd.cyclonedx+json": "cyclonedx",
	"application/vnd.cyclonedx+xml": "cyclonedx",
	"https://cyclonedx.org/bom": "cyclonedx",
	"https://cyclonedx.org/bom/v1.4": "cyclonedx",
	"https://cyclonedx.org/bom/v1.5": "cyclonedx",
	"https://cyclonedx.org/bom/v1.6": "cyclonedx",
	"https://cyclonedx.org/bom/v1.7": "cyclonedx",
	"https://cyclonedx.org/schema": "cyclonedx",
	"https://slsa.dev/provenance/v0.1": "provenance",
	"https://slsa.dev/provenance/v0.2": "provenance",
	"https://slsa.dev/provenance/v1": "provenance",
	"application/sarif+json": "scan",
	"application/vnd.anchore.grype+json": "scan",
	"application/vnd.aquasec.trivy+json": "scan",
	"https://cosign.sigstore.dev/attestation/vuln/v1": "scan",
	"https://in-toto.io/attestation/vulns": "scan",
	"https://in-toto.io/attestation/vulns/v0.1": "scan",
	"https://in-toto.io/attestation/vulns/v0.2": "scan",
	"application/vnd.openvex+json": "openvex",
	"application/openvex+json": "openvex",
	"https://openvex.dev/ns": "openvex",
	"https://openvex.dev/ns/v0.2.0": "openvex",
	"https://sigstore.dev/cosign/sign/v1": "approval",
	"application/vnd.dev.cosign.simplesigning.v1+json": "approval",
	"application/vnd.cncf.notary.payload.v1+json": "approval",
	"application/vnd.dev.sigstore.bundle+json": "approval",
	"application/vnd.dev.sigstore.bundle.v0.1+json": "approval",
	"application/vnd.dev.sigstore.bundle.v0.2+json": "approval",
	"application/vnd.dev.sigstore.bundle.v0.3+json": "approval",
	"application/vnd.dev.sigstore.signature": "approval",
	"application/vnd.dev.cosign.blob-bundle+json": "approval",
}

# Media types that say nothing: here, and only here, the content decides. An identity that speaks for one of them
# speaks for whatever JSON stands under it.
_generic := {"", "application/json", "text/json", "application/octet-stream"}

_family(type, _) := families[type]

_family(type, document) := _family_by_content(document) if _generic[type]

# One chain, so that a document which claims two formats is taken for the first and stops no evaluation.
_family_by_content(document) := "spdx" if {
	startswith(document.spdxVersion, "SPDX-2.")
} else := "spdx" if {
	startswith(document["@context"], "https://spdx.org/rdf/3.")
} else := "cyclonedx" if {
	document.bomFormat == "CycloneDX"
} else := "openvex" if {
	startswith(document["@context"], "https://openvex.dev/ns")
} else := "scan" if {
	is_array(document.runs)
} else := "scan" if {
	is_array(document.matches)
	document.descriptor
} else := "scan" if {
	document.SchemaVersion == 2
	document.ArtifactName
}
