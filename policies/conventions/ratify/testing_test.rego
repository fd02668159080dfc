# METADATA
# title: Builders for tests
# description: Evidence and configuration with what a test says, and as a service would have the rest.
package conventions.ratify.testing

import rego.v1

subject := "sha256:5ab1ec7"

notation_type := "application/vnd.cncf.notary.signature"

# An evidence of these artifacts. Their documents go into it by their digests.
evidence(artifacts) := {
	"version": "1",
	"complete": true,
	"subject": {
		"reference": sprintf("registry.example/acme/app@%s", [subject]),
		"requested": "registry.example/acme/app:1.4",
		"registry": "registry.example",
		"repository": "acme/app",
		"tag": "1.4",
		"digest": subject,
	},
	"artifacts": [object.remove(artifact, ["documents"]) | some artifact in artifacts],
	"documents": object.union_n([artifact.documents | some artifact in artifacts]),
	"discovery": [],
	"context": {"time": "2026-11-21T10:00:00.000Z"},
}

# Attached to the subject, found by the referrers API.
artifact(name, type, more) := object.union(
	{
		"digest": concat(":", ["sha256", name]),
		"artifactType": type,
		"annotations": {},
		"subject": subject,
		"sources": ["referrers-api"],
		"depth": 1,
		"collected": true,
		"reports": [],
		"documents": {},
	},
	more,
)

report(verifier, outcome, more) := object.union(
	{
		"verifier": {"name": verifier, "type": verifier},
		"layer": "sha256:1a7e5",
		"outcome": outcome,
		"message": concat(" ", [verifier, "says", outcome]),
		"type": "",
		"checks": {"transparency": {"outcome": "skipped"}, "schema": {"outcome": "skipped"}},
		"document": "",
		"read": false,
		"signers": [],
	},
	more,
)

signer(trust, kind) := {
	"kind": kind,
	"trust": {"name": trust, "scope": "cluster"},
	"certificate": {"distinguishedName": "CN=signer,O=Acme,C=US", "issuer": "CN=authority,O=Acme,C=US"},
}

# An artifact with one readable document, as the JSON verifier tells it.
document(name, type, content) := artifact(name, type, {
	"reports": [report("json", "present", {"type": type, "read": true, "document": concat("", ["sha256:d", name])})],
	"documents": {concat("", ["sha256:d", name]): content},
})

# A verifier of the configuration, with the defaults of its schema.
verifier(kind, types, more) := object.union(
	{
		"name": concat("-", ["verifier", kind]),
		"type": kind,
		"kind": kind,
		"artifactTypes": types,
		"nestedReferences": [],
		"verifier": {"notation": "notation", "cosign": "sigstore", "plugin": "extern"}[kind],
		"trustPolicies": [],
		"legacy": false,
	},
	more,
) if {
	kind in {"notation", "cosign", "plugin"}
} else := object.union(
	{
		"name": concat("-", ["verifier", kind]),
		"type": kind,
		"kind": kind,
		"artifactTypes": types,
		"nestedReferences": [],
		"verifier": "",
		"disallowedLicenses": [],
		"disallowedPackages": [],
		"allowedLicenses": [],
		"createdAnnotation": "org.opencontainers.image.created",
		"maximumAge": 0,
		"disallowedSeverities": [],
		"denylistCVEs": [],
		"passthrough": false,
		"mediaTypes": [],
	},
	more,
)

config(kind, verifiers) := {"kind": kind, "cosign": true, "artifactPolicies": {}, "verifiers": verifiers}
