# METADATA
# title: A configured builder built it
# description: >-
#   The provenance names a builder of `provenance.builders`, and fits the other lists of `provenance` that are not
#   empty.
# custom:
#   severity: high
#   failure_msg: "No provenance that fits the lists of `provenance` comes from a configured builder."
#   solution: >-
#     Build it there, or take what was found into the configuration if you trust it.
package rules.provenance.builder

import data.lib
import future.keywords.not

about := rego.metadata.chain()

met contains lib.testimony(provenance) if {
	count(data.config.provenance.builders) > 0
	some provenance in lib.expected_provenances
}

found contains provenance.content.builder if some provenance in lib.provenances
