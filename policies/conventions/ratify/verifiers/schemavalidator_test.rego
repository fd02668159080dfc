package conventions.ratify.verifiers.schemavalidator_test

import data.conventions.ratify.testing
import data.conventions.ratify.verifiers.schemavalidator
import rego.v1

_type := "application/vnd.acme.scan.v1"

_answer(reports) := answer if {
	entry := testing.verifier("schemavalidator", [_type], {"mediaTypes": ["application/json"]})
	artifact := testing.artifact("a", _type, {"reports": reports})
	answer := schemavalidator.answer(entry, artifact) with input as testing.evidence([artifact])
}

_report(type, outcome) := testing.report("json", "present", {"type": type, "checks": {"schema": {"outcome": outcome}}})

test_every_layer_fits if {
	_answer([_report("application/json", "passed"), _report("application/json", "passed")]) == {
		"isSuccess": true,
		"message": "schema validation passed for configured media types",
	}
}

test_faults[case] if {
	some case, [reports, reason] in {
		"does not fit": [[_report("application/json", "failed")], "json says present"],
		"was not validated": [[_report("application/json", "skipped")], "json says present"],
		"another media type": [[_report("application/json", "passed"), _report("text/plain", "passed")], "media type not configured for plugin:[text/plain]"],
	}
	answer := _answer(reports)
	not answer.isSuccess
	startswith(answer.message, "schema validation failed for digest:[sha256:1a7e5], media type:[")
	answer.errorReason == reason
}

test_no_layers if {
	_answer([]) == {"errorReason": "No blobs found for referrer registry.example/acme/app@sha256:a."}
}
