# METADATA
# title: Distinguished names
# description: As Go prints them (`pkix.Name.String`), which is how Ratify's policies and templates know them.
package conventions.ratify.names

import future.keywords.not
import rego.v1

# METADATA
# title: A name as Go prints it
# description: >-
#   From the text of RFC 4514: the known attributes in Go's own order, several of one type joined by `+`, then all others by object
#   identifier with their value in DER.
as_go(name) := concat(",", array.concat(known, foreign)) if {
	# Attributes as written, most specific first; escaped separators belong to a value.
	attributes := regex.find_n(`(?:\\.|[^,+\\])+`, name, -1)
	known := [text |
		some type in _order
		values := array.reverse([attribute | some attribute in attributes; startswith(attribute, concat("", [type, "="]))])
		count(values) > 0
		text := _joined(type, values)
	]
	foreign := [text |
		some attribute in attributes
		[type, value] := _parts(attribute)
		not type in _order
		text := concat("=#", [object.get(_identifiers, type, type), _der(value)])
	]
}

_order := ["SERIALNUMBER", "CN", "OU", "O", "POSTALCODE", "STREET", "L", "ST", "C"]

# Go keeps one of these, the last of the certificate.
_single := {"SERIALNUMBER", "CN"}

_joined(type, values) := values[count(values) - 1] if {
	_single[type]
} else := concat("+", values)

_parts(attribute) := [substring(attribute, 0, at), substring(attribute, at + 1, -1)] if {
	at := indexof(attribute, "=")
	at > 0
}

# https://www.rfc-editor.org/rfc/rfc4514#section-3
_identifiers := {
	"DC": "0.9.2342.19200300.100.1.25",
	"UID": "0.9.2342.19200300.100.1.1",
}

# What is no text stands in the name as DER already.
_der(value) := substring(value, 1, -1) if {
	startswith(value, "#")
} else := concat("", [_tag(text), _length(count(octets) / 2), octets]) if {
	text := regex.replace(value, `\\(.)`, "$1")
	octets := hex.encode(text)
}

# PrintableString where its characters suffice, else UTF8String.
_tag(text) := "13" if {
	regex.match(`^[A-Za-z0-9 '()+,./:=?-]*$`, text)
} else := "0c"

_length(size) := sprintf("%02x", [size]) if {
	size < 128
} else := sprintf("81%02x", [size]) if {
	size < 256
} else := sprintf("82%04x", [size])
