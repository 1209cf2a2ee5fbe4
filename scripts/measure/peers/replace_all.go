// Replaces a needle in standard input by bytes.ReplaceAll: everything is read, copied and written.
//
//	replace_all elvis Elvis <in >out
package main

import (
	"bytes"
	"log"
	"os"
)

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 {
		log.Fatal("usage: replace_all NEEDLE REPLACEMENT <in >out")
	}
	// ReadFile asks for the size first, so it does not grow its buffer as io.ReadAll does.
	input, err := os.ReadFile("/dev/stdin")
	if err != nil {
		log.Fatal(err)
	}
	output := bytes.ReplaceAll(input, []byte(os.Args[1]), []byte(os.Args[2]))
	if _, err := os.Stdout.Write(output); err != nil {
		log.Fatal(err)
	}
}
