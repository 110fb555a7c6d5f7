// Figures of Tessera's POSIX driver, for `cargo xtask bench evidence`: entries of the size of ours, so many clients at once, each of which waits until its entries have
// durable places. In its own process and by calls: without HTTP, without records that are signed and checked. Prints name, unit, amount and nanoseconds.
package main

import (
	"context"
	"crypto/rand"
	"fmt"
	"os"
	"path/filepath"
	"sync"
	"time"

	"github.com/transparency-dev/tessera"
	"github.com/transparency-dev/tessera/storage/posix"
	"golang.org/x/mod/sumdb/note"
)

const (
	clients    = 64
	entryBytes = 1400
)

func main() {
	folder, err := os.MkdirTemp("", "tessera-peer-")
	if err == nil {
		defer os.RemoveAll(folder)
		err = measure(folder)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

func measure(folder string) error {
	for _, run := range []struct{ together, rounds int }{{1, 30}, {256, 3}} {
		taken, err := one(filepath.Join(folder, fmt.Sprint(run.together)), run.together, run.rounds)
		if err != nil {
			return err
		}
		fmt.Printf("  Tessera POSIX, %d at once a client\t\t%d\t%d\n", run.together, clients*run.together*run.rounds, taken.Nanoseconds())
	}
	return nil
}

func one(folder string, together, rounds int) (time.Duration, error) {
	ctx := context.Background()
	secret, _, err := note.GenerateKey(rand.Reader, "example.com/peer")
	if err != nil {
		return 0, err
	}
	signer, err := note.NewSigner(secret)
	if err != nil {
		return 0, err
	}
	driver, err := posix.New(ctx, posix.Config{Path: folder})
	if err != nil {
		return 0, err
	}
	options := tessera.NewAppendOptions().
		WithCheckpointSigner(signer).
		WithBatching(1024, 20*time.Millisecond).
		WithPushback(1 << 20).
		WithCheckpointInterval(100 * time.Millisecond)
	appender, shutdown, _, err := tessera.NewAppender(ctx, driver, options)
	if err != nil {
		return 0, err
	}
	started := time.Now()
	failed := make(chan error, clients)
	var all sync.WaitGroup
	for client := range clients {
		all.Go(func() {
			for round := range rounds {
				waiting := make([]tessera.IndexFuture, together)
				for at := range waiting {
					entry := make([]byte, entryBytes)
					copy(entry, fmt.Sprintf("%d/%d/%d", client, round, at))
					waiting[at] = appender.Add(ctx, tessera.NewEntry(entry))
				}
				for _, future := range waiting {
					if _, err := future(); err != nil {
						failed <- err
						return
					}
				}
			}
		})
	}
	all.Wait()
	taken := time.Since(started)
	close(failed)
	if err := <-failed; err != nil {
		return 0, err
	}
	return taken, shutdown(ctx)
}
