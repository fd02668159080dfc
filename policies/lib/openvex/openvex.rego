# METADATA
# title: OpenVEX
# description: >-
#   OpenVEX 0.2, https://github.com/openvex/spec/blob/main/OPENVEX-SPEC.md, and 0.0, which wrote plain texts for vulnerabilities
#   and products.
package lib.openvex

import data.lib.text
import future.keywords.not

# METADATA
# title: Statements
# description: Normal forms of its statements.
statements(document) := [{
	"vulnerabilities": _vulnerabilities(statement),
	"status": text.of(statement, "status"),
	"justification": text.of(statement, "justification"),
	"products": [_product(product) | some product in statement.products],
	"time": text.first([
		text.of(statement, "timestamp"),
		text.of(document, "last_updated"),
		text.of(document, "timestamp"),
	]),
} |
	some statement in document.statements
]

_vulnerabilities(statement) := {text.of(statement, "vulnerability"), text.at(statement, ["vulnerability", "name"])} | {alias |
	some alias in statement.vulnerability.aliases
}

_product(product) := {"names": _names(product), "parts": [_names(part) | some part in product.subcomponents]}

# Hashes are names too: of an image, its digest.
_names(component) := {component} if {
	is_string(component)
} else := names if {
	names := ({text.of(component, "@id")} | {name | some name in component.identifiers}) | {name | some name in component.hashes}
}
