package main

import "unsafe"

// The host's functions. request and call leave bytes with the host, whose size they return; read copies them to
// where the guest wants them. call returns callUndefined where the built-in's result is undefined.

//go:wasmimport verdict request
func hostRequest() uint32

//go:wasmimport verdict call
func hostCall(text unsafe.Pointer, size uint32) uint32

//go:wasmimport verdict read
func hostRead(into unsafe.Pointer)

//go:wasmimport verdict respond
func hostRespond(text unsafe.Pointer, size uint32)

//go:wasmimport verdict working
func hostWorking(path unsafe.Pointer, size uint32)

const callUndefined = 0xffffffff

// working tells the host which file is being read, so that it can name the one on which the stack overflowed: nesting
// is bounded by the host's stack, not by the program.
func working(path string) {
	hostWorking(unsafe.Pointer(unsafe.StringData(path)), uint32(len(path)))
}

func readRequest() []byte {
	return take(hostRequest())
}

func respond(text []byte) {
	hostRespond(unsafe.Pointer(unsafe.SliceData(text)), uint32(len(text)))
}

// call asks the host for a built-in: name and arguments as lines of text. ok is false where the result is undefined.
func call(text []byte) (result []byte, ok bool) {
	size := hostCall(unsafe.Pointer(unsafe.SliceData(text)), uint32(len(text)))
	if size == callUndefined {
		return nil, false
	}
	return take(size), true
}

func take(size uint32) []byte {
	into := make([]byte, size)
	if size > 0 {
		hostRead(unsafe.Pointer(unsafe.SliceData(into)))
	}
	return into
}
