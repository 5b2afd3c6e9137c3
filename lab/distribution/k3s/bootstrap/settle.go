package bootstrap

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const (
	pollInterval    = 1200 * time.Millisecond // kine looks for new rows every second
	catchUpPatience = 2 * time.Second
	askEvery        = 50 * time.Millisecond
)

// Settle waits until the watches of kine follow its database, and writes to the key until they do.
//
// kine keeps the revision that its watches have come to in two places, and sets one forward only from where the other
// one stands. They differ when another server writes while this kine starts, or in the moment in which it writes
// itself: from then on watches report an old revision for as long as nothing is written here. An API server that
// starts on such a kine waits for a fresh view of the datastore, ends after a minute, and has no better luck then.
func (e *Etcd) Settle(ctx context.Context, key string) error {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := e.client.Watch(watching, key, clientv3.WithProgressNotify())
	for {
		written, err := e.touch(ctx, key)
		if err != nil {
			return err
		}
		// Its own event last of a batch: now both places have the same revision.
		together, err := e.hear(watching, seen, func(response clientv3.WatchResponse) bool {
			return len(response.Events) > 0 && response.Header.Revision == written
		})
		if err != nil {
			return err
		}
		if !together {
			continue
		}
		// What others write has to move both.
		time.Sleep(pollInterval)
		found, err := e.client.Get(ctx, key)
		if err != nil {
			return err
		}
		follows, err := e.hear(watching, seen, func(response clientv3.WatchResponse) bool {
			return response.IsProgressNotify() && response.Header.Revision >= found.Header.Revision
		})
		if follows || err != nil {
			return err
		}
	}
}

// touch writes to the key, and tells at which revision. kine knows transactions of this form only.
func (e *Etcd) touch(ctx context.Context, key string) (int64, error) {
	found, err := e.client.Get(ctx, key)
	if err != nil {
		return 0, err
	}
	var last int64
	if len(found.Kvs) > 0 {
		last = found.Kvs[0].ModRevision
	}
	answer, err := e.client.Txn(ctx).
		If(clientv3.Compare(clientv3.ModRevision(key), "=", last)).
		Then(clientv3.OpPut(key, time.Now().UTC().Format(time.RFC3339Nano))).
		Else(clientv3.OpGet(key)).
		Commit()
	if err != nil {
		return 0, err
	}
	return answer.Header.Revision, nil
}

// hear tells whether the watch says what it has to, soon; it asks for progress again and again.
func (e *Etcd) hear(
	ctx context.Context, seen clientv3.WatchChan, wanted func(clientv3.WatchResponse) bool,
) (bool, error) {
	limit := time.After(catchUpPatience)
	again := time.NewTicker(askEvery)
	defer again.Stop()
	for {
		select {
		case <-limit:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		case <-again.C:
			if err := e.client.RequestProgress(ctx); err != nil {
				return false, err
			}
		case response, open := <-seen:
			if !open {
				return false, errors.Join(errors.New("the datastore ended a watch"), ctx.Err())
			}
			if err := response.Err(); err != nil {
				return false, err
			}
			if wanted(response) {
				return true, nil
			}
		}
	}
}
