// Replaces a needle in standard input by another of the same length: bytes.Index over one reused
// buffer, whose last bytes are carried over as long as they may begin a match.
//
//	chunked_index elvis Elvis <in >out
package main

import (
	"bytes"
	"io"
	"log"
	"os"
)

const chunk = 128 << 10

func main() {
	log.SetFlags(0)
	if len(os.Args) != 3 || len(os.Args[1]) == 0 || len(os.Args[1]) != len(os.Args[2]) {
		log.Fatal("usage: chunked_index NEEDLE REPLACEMENT <in >out, both of one length")
	}
	if err := rewrite(os.Stdin, os.Stdout, []byte(os.Args[1]), []byte(os.Args[2])); err != nil {
		log.Fatal(err)
	}
}

func rewrite(in io.Reader, out io.Writer, needle, replacement []byte) error {
	buffer := make([]byte, chunk+len(needle))
	carried := 0
	for {
		n, err := in.Read(buffer[carried:])
		end := carried + n
		if err != nil && err != io.EOF {
			return err
		}
		ended := err == io.EOF
		settled := replace(buffer[:end], needle, replacement)
		if !ended {
			carried = min(end-settled, len(needle)-1)
		} else {
			carried = 0
		}
		if _, err := out.Write(buffer[:end-carried]); err != nil || ended {
			return err
		}
		copy(buffer, buffer[end-carried:end])
	}
}

// replace overwrites every match and returns where the last one ends.
func replace(text, needle, replacement []byte) int {
	settled := 0
	for {
		i := bytes.Index(text[settled:], needle)
		if i < 0 {
			return settled
		}
		copy(text[settled+i:], replacement)
		settled += i + len(needle)
	}
}
