# METADATA
# title: SBOM
# description: Ratify's verifier `sbom`, of SPDX 2 in JSON.
package conventions.ratify.verifiers.sbom

import data.conventions.ratify.content
import data.conventions.ratify.image

import future.keywords.not
import rego.v1

# METADATA
# title: Answer
# description: Success if no package has a disallowed licence or is disallowed itself.
answer(entry, artifact, type) := {
	"message": "Failed to process SBOM blobs.",
	"errorReason": sprintf("Unsupported artifactType: %s", [type]),
} if {
	type != "application/spdx+json"
} else := {
	"message": "SBOM validation failed",
	"errorReason": sprintf("No layers found in manifest for referrer %s@%s", [image.path, artifact.digest]),
} if {
	content.layers(entry, artifact) == []
} else := {
	"message": sprintf("failed to verify artifact: %s", [entry.name]),
	"errorReason": _unreadable(layers),
} if {
	layers := content.layers(entry, artifact)
	not _readable(layers)
} else := _judged(entry, [layer.documents[0] | some layer in content.layers(entry, artifact)])

_readable(layers) if {
	every layer in layers {
		_is_spdx(layer.documents[0])
	}
}

_is_spdx(document) if {
	document.spdxVersion in {"SPDX-2.1", "SPDX-2.2", "SPDX-2.3"}
	packages := object.get(document, "packages", [])
	is_array(packages)
	every package_ in packages {
		is_object(package_)
		is_string(object.get(package_, "name", ""))
		is_string(object.get(package_, "versionInfo", ""))
		is_string(object.get(package_, "licenseConcluded", ""))
	}
}

_unreadable(layers) := content.unread(layers) if {
	content.unread(layers) != ""
} else := "the document is not SPDX 2.1, 2.2 or 2.3"

_judged(entry, documents) := {
	"isSuccess": true,
	"message": "SBOM verification success. No license or package violation found.",
	"extensions": {"creationInfo": _creation(documents)},
} if {
	_violations(entry, documents) == {}
} else := {
	"message": "SBOM validation failed",
	"errorReason": "License or package violation found.",
	"remediation": "Please review extensions data for license and package violation found.",
	"extensions": object.union({"creationInfo": _creation(documents)}, _violations(entry, documents)),
}

_creation(documents) := object.get(documents[0], "creationInfo", null)

# Only what is there, with Go's capitals.
_violations(entry, documents) := {key: list |
	packages := [_package(raw) | some document in documents; some raw in object.get(document, "packages", [])]
	licences := _disallowed(entry, {package_.License | some package_ in packages})
	names := {denied.name | some denied in entry.disallowedPackages; denied.version == ""}
	versions := {[denied.name, denied.version] | some denied in entry.disallowedPackages}
	lists := {
		"licenseViolations": [package_ | some package_ in packages; licences[package_.License]],
		"packageViolations": [package_ | some package_ in packages; _is_denied(package_, names, versions)],
	}
	some key, list in lists
	list != []
}

_package(raw) := {
	"Name": object.get(raw, "name", ""),
	"Version": object.get(raw, "versionInfo", ""),
	"License": object.get(raw, "licenseConcluded", ""),
}

_is_denied(package_, names, _) if names[package_.Name]

_is_denied(package_, _, versions) if versions[[package_.Name, package_.Version]]

# Each expression once. A licence is a whole word: between the ends, white space, and brackets that open before and close after it.
_disallowed(entry, expressions) := {expression |
	some expression in expressions
	words := concat("", [" ", _plain(expression), " "])
	some licence in entry.disallowedLicenses
	some before in [" ", "("]
	some after in [" ", ")"]
	contains(words, concat("", [before, _plain(licence), after]))
}

_plain(text) := strings.replace_n({"\t": " ", "\n": " ", "\f": " ", "\r": " "}, lower(text))
