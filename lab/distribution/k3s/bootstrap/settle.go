package bootstrap

import (
	"context"
	"errors"
	"time"

	clientv3 "go.etcd.io/etcd/client/v3"
)

const progressPatience = time.Second

// Settle waits until the datastore's watches know of its newest revision, and writes to the key until they do.
//
// kine notes the revision that it starts from twice. When another server writes in between, its watches lag behind
// for as long as nothing is written through this kine, and an API server on it waits for a fresh view of the
// datastore, ends after a minute, and has no better luck the next time.
func (e *Etcd) Settle(ctx context.Context, key string) error {
	watching, cancel := context.WithCancel(ctx)
	defer cancel()
	seen := e.client.Watch(watching, key, clientv3.WithProgressNotify())
	for {
		written, err := e.touch(ctx, key)
		if err != nil {
			return err
		}
		if fresh, err := e.heard(watching, seen, written); fresh || err != nil {
			return err
		}
	}
}

// touch writes to the key, and tells at which revision.
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

// heard tells whether the watch reports a revision at least as new as the written one, and soon.
func (e *Etcd) heard(ctx context.Context, seen clientv3.WatchChan, written int64) (bool, error) {
	limit := time.After(progressPatience)
	for {
		if err := e.client.RequestProgress(ctx); err != nil {
			return false, err
		}
		select {
		case <-limit:
			return false, nil
		case <-ctx.Done():
			return false, ctx.Err()
		case response, open := <-seen:
			if !open {
				return false, errors.Join(errors.New("the datastore ended a watch"), ctx.Err())
			}
			if err := response.Err(); err != nil {
				return false, err
			}
			if response.IsProgressNotify() && response.Header.Revision >= written {
				return true, nil
			}
			time.Sleep(progressPatience / 20)
		}
	}
}
