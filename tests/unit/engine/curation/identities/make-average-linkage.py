"""Average linkage of squared distances by SciPy, for cluster-people.test.ts: python3 make-average-linkage.py > average-linkage.json"""
import json

import numpy
from scipy.cluster.hierarchy import linkage
from scipy.spatial.distance import pdist

random = numpy.random.default_rng(5)
people = numpy.repeat(numpy.arange(12), 5)
points = 0.05 * random.standard_normal((12, 16))[people] + 0.03 * random.standard_normal((60, 16))
# As the product keeps them: whole numbers of 1 / 8192.
whole = numpy.round(points * 8192)
merges = linkage(pdist(whole, 'sqeuclidean'), 'average')
print(json.dumps({
    'dimensions': 16,
    'points': [[float(value) for value in row] for row in whole / 8192],
    'squared': [float(height) / 8192**2 for height in merges[:, 2]],
}))
