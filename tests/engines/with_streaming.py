import pickle

import pandas as pd

import ssemble


def rows(key, frames, state):
    observer = pickle.loads(state.get[0]) if state.exists else ssemble.Observer(clock=None)
    for at, data in pd.concat(frames)[["at", "fragment"]].itertuples(index=False):
        observer.feed(data, at)
    state.update((pickle.dumps(observer),))
    observer.end()
    yield pd.DataFrame([{"stream": key[0], **observer.row()}])
