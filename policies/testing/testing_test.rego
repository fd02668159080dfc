# METADATA
# title: Builders for tests
# description: Evidence and configuration as tests need them. Every argument states only what the test is about.
package testing

import future.keywords.not

# METADATA
# title: Digest of the subject, which is its own target
subject := "sha256:1111111111111111111111111111111111111111111111111111111111111111"

# METADATA
# title: Digest of something else
other := "sha256:2222222222222222222222222222222222222222222222222222222222222222"

# METADATA
# title: The instant of the decision
now := "2026-11-21T10:00:00.000Z"

# METADATA
# title: Evidence
# description: About one image, with these attachments.
evidence(attachments) := evidence_about([subject], attachments)

# METADATA
# title: Evidence about an index
# description: The subject is no target itself unless it is among them.
evidence_about(targets, attachments) := {
	"version": "1",
	"complete": true,
	"subject": {
		"reference": concat("@", ["registry.example/team/app", subject]),
		"requested": "registry.example/team/app:1.4",
		"registry": "registry.example",
		"repository": "team/app",
		"tag": "1.4",
		"digest": subject,
		"mediaType": "application/vnd.oci.image.manifest.v1+json",
		"artifactType": "",
		"size": 1,
		"annotations": {},
		"manifest": {},
		"targets": [{
			"digest": target,
			"mediaType": "application/vnd.oci.image.manifest.v1+json",
			"size": 1,
			"platform": {"os": "linux", "architecture": "amd64", "variant": ""},
			"manifest": {},
			"config": {},
		} |
			some target in targets
		],
	},
	"artifacts": [artifact(i, attachment) | some i, attachment in attachments],
	"documents": {document(i): attachment.document | some i, attachment in attachments},
	"discovery": [],
	"context": {"time": now, "caller": "cli", "namespace": "", "parameters": {}},
}

# METADATA
# title: Digest of the attachment at an index
digest(i) := $"sha256:a{i}"

# METADATA
# title: Digest of the document of the attachment at an index
document(i) := $"sha256:d{i}"

# METADATA
# title: An attachment
# description: A document of a type, readable, signed by nobody; `more` overrides members of its report and artifact.
attachment(type, content, more) := object.union(
	{
		"type": type, "outcome": "present", "read": true, "signers": [],
		"subject": subject, "subjects": [object.get(more, "subject", subject)], "binding": "manifest", "predicate": "",
		"artifact": "", "checks": {}, "relaxed": [], "statement": [], "sources": ["referrers-api"],
	},
	object.union(more, {"document": content}),
)

# METADATA
# title: The artifact of an attachment
artifact(i, attachment_) := {
	"digest": object.get({"": digest(i)}, attachment_.artifact, attachment_.artifact),
	"mediaType": "application/vnd.oci.image.manifest.v1+json",
	"artifactType": attachment_.type,
	"size": 1,
	"annotations": {},
	"subject": attachment_.subject,
	"binding": attachment_.binding,
	"sources": attachment_.sources,
	"depth": 1,
	"collected": true,
	"reports": [{
		"verifier": {"name": "json", "type": "json"},
		"layer": document(i),
		"entry": 0,
		"outcome": attachment_.outcome,
		"message": "as the test says",
		"checks": object.union(_checks, attachment_.checks),
		"relaxed": attachment_.relaxed,
		"type": attachment_.type,
		"statement": {"type": "", "predicateType": attachment_.predicate, "subject": attachment_.statement},
		"subjects": attachment_.subjects,
		"payload": document(i),
		"document": document(i),
		"read": attachment_.read,
		"signers": attachment_.signers,
		"claimed": {"signers": []},
	}],
}

_checks := {name: {"outcome": "skipped", "message": ""} |
	some name in [
		"digest", "schema", "signature", "identity", "chain", "timestamp",
		"transparency", "expiry", "revocation", "subject", "payloadType",
	]
}

# METADATA
# title: An approval by somebody
# description: A signature of the subject as cosign 3 writes it.
approval(signers) := attachment("https://sigstore.dev/cosign/sign/v1", {}, {
	"predicate": "https://sigstore.dev/cosign/sign/v1", "outcome": "verified", "signers": signers,
})

# METADATA
# title: An attestation by somebody
# description: The attachment as a statement that these signers signed.
attested(attachment_, signers) := object.union(attachment_, {"predicate": attachment_.type, "outcome": "verified", "signers": signers})

# METADATA
# title: An identity
# description: An entry of an identity list, which is any key of the trust `release`, unless `more` says otherwise.
identity(types, more) := object.union(
	{
		"name": "release", "types": types, "trust": "release", "scope": "cluster", "kind": "key",
		"identity": "", "issuer": "", "extensions": {},
	},
	more,
)

# METADATA
# title: Somebody who signed with a key
key_signer(trust, fingerprint) := object.union(_nobody, {
	"id": concat("|", ["key", fingerprint]),
	"kind": "key",
	"trust": {"name": trust, "scope": "cluster"},
	"key": {"fingerprint": fingerprint},
})

# METADATA
# title: Somebody who signed with a short-lived certificate
keyless_signer(trust, identity, issuer) := object.union(_nobody, {
	"id": concat("|", ["keyless", issuer, identity]),
	"kind": "keyless",
	"trust": {"name": trust, "scope": "cluster"},
	"san": [{"type": "uri", "value": identity}],
	"oidcIssuer": issuer,
})

# METADATA
# title: Somebody who signed with a certificate
certificate_signer(trust, name, issuer) := object.union(_nobody, {
	"id": concat("|", ["certificate", "root", name]),
	"kind": "certificate",
	"trust": {"name": trust, "scope": "cluster"},
	"certificate": {"distinguishedName": name, "issuer": issuer},
})

_nobody := {
	"id": "", "kind": "", "trust": {"name": "", "scope": "cluster"}, "key": {"fingerprint": ""},
	"certificate": {"distinguishedName": "", "issuer": "", "serialNumber": "", "fingerprint": ""},
	"san": [], "oidcIssuer": "", "time": "", "timeSource": "none", "extensions": {},
}

# METADATA
# title: Configuration
# description: With a profile `test` of which `profile` states the members; `more` overrides the rest.
config(profile, more) := object.union(
	{
		"profile": "test",
		"profiles": {"test": object.union(_profile, profile)},
		"identities": [],
		"signature": {"maxAge": 720, "annotations": {}, "relaxed": []},
		"licences": {"allow": [], "deny": [], "unknown": "deny"},
		"packages": {"deny": []},
		"provenance": {"builders": [], "buildTypes": [], "repositories": [], "refs": []},
		"vulnerability": {"severity": "high", "fixableOnly": false, "unknown": "deny", "maxAge": 24},
		"ignoredTypes": [],
		"exceptions": [],
	},
	more,
)

_profile := {
	"description": "", "required": [], "prohibited": [], "unsigned": [],
	"identities": [], "thresholds": {}, "indexWide": false,
}

# METADATA
# title: Codes of findings
codes(findings) := {finding.code | some finding in findings}

# METADATA
# title: SPDX 2.3 with packages
# description: Of each package, name, version and declared licence.
spdx(packages) := {
	"spdxVersion": "SPDX-2.3",
	"SPDXID": "SPDXRef-DOCUMENT",
	"dataLicense": "CC0-1.0",
	"name": "app",
	"documentNamespace": "https://registry.example/app",
	"creationInfo": {"created": "2026-11-20T10:00:00Z", "creators": ["Tool: test"]},
	"packages": [{
		"SPDXID": $"SPDXRef-{i}",
		"name": package_.name,
		"versionInfo": package_.version,
		"downloadLocation": "NOASSERTION",
		"licenseConcluded": "NOASSERTION",
		"licenseDeclared": package_.licence,
		"externalRefs": [{
			"referenceCategory": "PACKAGE-MANAGER",
			"referenceType": "purl",
			"referenceLocator": concat("", ["pkg:npm/", package_.name, "@", package_.version]),
		}],
	} |
		some i, package_ in packages
	],
}

# METADATA
# title: An SPDX SBOM with one package under a licence
sbom(licence) := attachment("application/spdx+json", spdx([{"name": "libx", "version": "1.2", "licence": licence}]), {})

# METADATA
# title: SLSA provenance v1 as GitHub's runners write it
provenance(builder, repository, ref, commit) := attachment(
	"https://slsa.dev/provenance/v1",
	{
		"buildDefinition": {
			"buildType": "https://actions.github.io/buildtypes/workflow/v1",
			"externalParameters": {"workflow": {"repository": repository, "ref": ref, "path": ".github/workflows/release.yml"}},
			"resolvedDependencies": [
				{"uri": "pkg:docker/golang@1.26", "digest": {"sha256": "00"}},
				{"uri": $"git+{repository}@{ref}", "digest": {"gitCommit": commit}},
			],
		},
		"runDetails": {"builder": {"id": builder}, "metadata": {"invocationId": $"{repository}/actions/runs/1"}},
	},
	{"predicate": "https://slsa.dev/provenance/v1"},
)

# METADATA
# title: A Grype scan with matches
# description: Of each match, id, severity, purl and state of the fix.
grype(finished, matches) := attachment(
	"application/vnd.anchore.grype+json",
	{
		"matches": [{
			"vulnerability": {
				"id": match.id, "severity": match.severity,
				"fix": {"state": match.state, "versions": [version | match.state == "fixed"; version := "2.0"]},
			},
			"relatedVulnerabilities": [],
			"artifact": {"name": "libx", "version": "1.2", "purl": match.purl},
		} |
			some match in matches
		],
		"descriptor": {"name": "grype", "version": "0.110.0", "timestamp": finished},
	},
	{},
)
