"""Python 2 that Python 3 is not: lib2to3 says where its statements begin and end, see generate.py."""

CASES = [
    "print 'a'\nprint\nprint 'a', b,\nprint >>f, 'a'\nprint >>f\nprint -1, 2\nprint 'a' % b; print c\n",
    "if a:\n    print 'b'\nelse:\n    print 'c'\nd = 1\n",
    "def f(a):\n    print a\n    return a\n\nclass A:\n    x = 0777\n    y = 10L\n    z = 0xFFL\n",
    "exec 'a = 1'\nexec code in ns\nexec code in ns, other\n",
    "raise E, 'value'\nraise E, 'value', tb\nraise E\n",
    "try:\n    a\nexcept E, e:\n    print e\nexcept (A, B), e:\n    pass\nelse:\n    print 'c'\nfinally:\n    print 'd'\n",
    "x = `a`\ny = `a, b` + `c`\nz = f(`a`)[`b`]\n",
    "if a <> b: print 'c'\nwhile a <> 1: a = a - 1\n",
    "x = ur'a\\b' + UR\"c\"\n",
    "def f(a, (b, c)): return a\ndef g((a, b)=c, *d): pass\nh = lambda (a, b): a\n",
    "x = [a for a in 1, 2, 3]\ny = [a for a in b, c if d]\n",
    "a = 1\nprint 'x'\nb = 2\n\n# comment\nprint 'y'  # another\nc = (1,\n     2)\nprint (1,\n       2), 3\n",
    "for i in range(10):\n    if i % 2: print i,\n    else: print\n",
    "with open(a) as f:\n    for line in f:\n        print line,\nprint 'done'\n",
    "class A(B):\n    def f(self):\n        print >>sys.stderr, 'a', self.x\n        raise ValueError, 'b'\n    def g(self): pass\n",
    "@a\ndef f(x):\n    print x\n@b\nclass C:\n    print 'c'\n",
    "print 'a'; x = 1; print 'b'\nif x: print 'c'; y = 2\n",
    "print '''a\nb''', c\nprint f(a,\n  b)\nx = 1\n",
    "assert a, 'b'\nprint a if b else c\nprint lambda: a\nprint not a\nprint [a], {b: c}\nprint a.b, a[b], a(b)\n",
    "x = 0777 + 0x1FL + 1L\nprint 00, 0L\n",
]
