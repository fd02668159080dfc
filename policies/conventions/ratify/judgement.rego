# METADATA
# title: Reports
# description: What a verifier of Ratify's configuration would report of an artifact, from what Verdict's verifiers say of it.
package conventions.ratify.judgement

import data.conventions.ratify.verifiers.cosign
import data.conventions.ratify.verifiers.licensechecker
import data.conventions.ratify.verifiers.notation
import data.conventions.ratify.verifiers.plugin
import data.conventions.ratify.verifiers.sbom
import data.conventions.ratify.verifiers.schemavalidator
import data.conventions.ratify.verifiers.vulnerabilityreport

import future.keywords.not
import rego.v1

# METADATA
# title: Reports of an artifact
# description: One of each verifier that takes artifacts of this type.
reports(artifact, type) := [report |
	some entry in data.config.verifiers
	_takes(entry, type)
	report := _report(entry, _answer(entry, artifact, type))
]

# METADATA
# title: Failed
# description: A report of a verifier that does not say yes.
failed(report) if not report.isSuccess == true

_takes(entry, type) if {
	some taken in entry.artifactTypes
	taken in {"*", type}
}

# A kind that has nothing to say has not said yes.
_answer(entry, artifact, type) := notation.answer(entry, artifact) if {
	entry.kind == "notation"
} else := cosign.answer(entry, artifact) if {
	entry.kind == "cosign"
} else := sbom.answer(entry, artifact, type) if {
	entry.kind == "sbom"
} else := licensechecker.answer(entry, artifact) if {
	entry.kind == "licensechecker"
} else := vulnerabilityreport.answer(entry, artifact, type) if {
	entry.kind == "vulnerabilityreport"
} else := schemavalidator.answer(entry, artifact) if {
	entry.kind == "schemavalidator"
} else := plugin.answer(entry, artifact) if {
	entry.kind == "plugin"
} else := {"message": "", "errorReason": "The artifact could not be judged."}

# Both spellings; what Go leaves out where it is empty is left out here.
_report(entry, answer) := object.union(
	{
		"isSuccess": object.get(answer, "isSuccess", false) == true,
		"message": object.get(answer, "message", ""),
		"name": name,
		"verifierName": name,
		"extensions": object.get(answer, "extensions", null),
	},
	{key: value |
		some key, value in {
			"errorReason": object.get(answer, "errorReason", ""),
			"remediation": object.get(answer, "remediation", ""),
			"type": type,
			"verifierType": type,
		}
		value != ""
	},
) if {
	name := object.get(answer, "name", entry.name)
	type := object.get(answer, "type", _type(entry))
}

# Only the verifier `notation` says nothing where no type is configured.
_type(entry) := entry.name if {
	entry.type == ""
	entry.kind != "notation"
} else := entry.type
