"""The four worst slices of a table with `sliceline`: three conditions, a least support."""

import json
import sys
import time

import numpy as np
from sliceline import Slicefinder

if __name__ == "__main__":
    codes, error = np.load("codes.npy"), np.load("error.npy")
    started = time.process_time()
    finder = Slicefinder(alpha=0.95, k=4, max_l=3, min_sup=int(sys.argv[1]), verbose=False)
    finder.fit(codes, error)
    seconds = time.process_time() - started
    scores = [each["slice_score"] for each in finder.top_slices_statistics_]
    print(json.dumps({"seconds": seconds, "scores": scores}))
