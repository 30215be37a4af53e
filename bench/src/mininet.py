"""The peer of the benchmark `mininet`: hosts and veth pairs by Mininet's own API, up and down.

The plan comes on standard input as JSON: {"hosts": 200, "links": [[a, b], ...]}; what each way took, in
seconds, goes to standard output as JSON.
"""

import json
import sys
import time

from mininet.link import Link
from mininet.net import Mininet

plan = json.load(sys.stdin)

begun = time.monotonic()
net = Mininet(controller=None, link=Link, build=False)
hosts = [net.addHost("h%d" % n, ip=None) for n in range(plan["hosts"])]
for a, b in plan["links"]:
    net.addLink(hosts[a], hosts[b])
net.start()
up = time.monotonic() - begun

begun = time.monotonic()
net.stop()
down = time.monotonic() - begun

json.dump({"up": up, "down": down}, sys.stdout)
