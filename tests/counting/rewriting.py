"""Compile a source again, with calls to a meter in its functions."""

from __future__ import annotations

import ast
import functools
from collections.abc import Sequence
from pathlib import Path
from types import CodeType
from typing import Any

METER = "__meter__"
BLOCKS = ("body", "orelse", "finalbody")
# They look at the frame that calls them.
LEFT = ("super", "locals", "globals", "vars", "dir", "eval", "exec")


@functools.cache
def rewritten(path: str) -> dict[Any, CodeType]:
    """Codes of all functions in a file, by what `key` makes of them; what two functions share is left out."""
    from . import key

    tree = ast.fix_missing_locations(Rewriter().visit(ast.parse(Path(path).read_text(encoding="utf-8"))))
    codes = [compile(tree, path, "exec", dont_inherit=True)]
    found: dict[Any, list[CodeType]] = {}
    for code in codes:  # grows meanwhile
        codes += [each for each in code.co_consts if isinstance(each, CodeType)]
        found.setdefault(key(code), []).append(code)
    return {name: same[0] for name, same in found.items() if len(same) == 1}


def metered(method: str, *arguments: ast.expr, keywords: Sequence[ast.keyword] = ()) -> ast.Call:
    function = ast.Attribute(ast.Name(METER, ast.Load()), method, ast.Load())
    return ast.Call(function, list(arguments), list(keywords))


class Rewriter(ast.NodeTransformer):
    """Puts the meter between a function and what it does."""

    def __init__(self) -> None:
        self.inside = 0  # functions

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._function(node)

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._function(node)

    def _function(self, node: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.AST:
        # Decorators, defaults and annotations are not run again.
        self.inside += 1
        node.body = self._block(node.body)
        self.inside -= 1
        return node

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        self.inside += 1
        node.body = metered("value", self.visit(node.body))
        self.inside -= 1
        return node

    def _block(self, statements: list[ast.stmt]) -> list[ast.stmt]:
        # One tick for a whole block: what stands in it costs no more than a constant, but for calls and operators.
        if not statements:
            return []
        return [ast.copy_location(ast.Expr(metered("tick")), statements[0]), *map(self.visit, statements)]

    def generic_visit(self, node: ast.AST) -> ast.AST:
        """Visit expressions, and count the blocks."""
        for name, value in ast.iter_fields(node):
            if name in BLOCKS and isinstance(value, list) and self.inside:
                setattr(node, name, self._block(value))
            elif isinstance(value, list):
                value[:] = [self.visit(each) if isinstance(each, ast.AST) else each for each in value]
            elif isinstance(value, ast.AST) and name not in ("annotation", "returns"):
                setattr(node, name, self.visit(value))
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Name) and node.func.id in LEFT:
            return node
        return metered("call", node.func, *node.args, keywords=node.keywords)

    def visit_Subscript(self, node: ast.Subscript) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.ctx, ast.Load):
            return metered("made", node) if isinstance(node.slice, ast.Slice) else node
        if isinstance(node.slice, ast.Slice):
            bounds = [each or ast.Constant(None) for each in (node.slice.lower, node.slice.upper, node.slice.step)]
            place: ast.expr = ast.Call(ast.Name("slice", ast.Load()), bounds, [])
        elif isinstance(node.ctx, ast.Del):
            place = node.slice
        else:
            return node
        node.slice = metered("moved", node.value, place)
        return node

    def visit_Compare(self, node: ast.Compare) -> ast.AST:
        self.generic_visit(node)
        if len(node.ops) > 1:
            return node
        operator, right = node.ops[0], node.comparators[0]
        if isinstance(operator, (ast.In, ast.NotIn)):
            found = metered("contains", node.left, right)
            return found if isinstance(operator, ast.In) else ast.UnaryOp(ast.Not(), found)
        if isinstance(operator, (ast.Eq, ast.NotEq)):
            same = metered("equal", node.left, right)
            return same if isinstance(operator, ast.Eq) else ast.UnaryOp(ast.Not(), same)
        return node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        return metered("made", node)

    def visit_AugAssign(self, node: ast.AugAssign) -> ast.AST:
        # It stays as it is, for text that has one reference alone grows where it is: what is allocated tells.
        self.generic_visit(node)
        node.value = metered("made", node.value)
        return node

    def visit_JoinedStr(self, node: ast.JoinedStr) -> ast.AST:
        for value in node.values:
            if isinstance(value, ast.FormattedValue):
                value.value = self.visit(value.value)
        return metered("made", node)

    def visit_List(self, node: ast.List) -> ast.AST:
        return self._display(node, node.elts, node.ctx)

    def visit_Tuple(self, node: ast.Tuple) -> ast.AST:
        return self._display(node, node.elts, node.ctx)

    def visit_Set(self, node: ast.Set) -> ast.AST:
        return self._display(node, node.elts, ast.Load())

    def visit_Dict(self, node: ast.Dict) -> ast.AST:
        return self._display(node, node.keys, ast.Load())

    def _display(self, node: ast.expr, items: Sequence[ast.expr | None], context: ast.expr_context) -> ast.AST:
        self.generic_visit(node)
        unpacks = any(item is None or isinstance(item, ast.Starred) for item in items)
        return metered("made", node) if unpacks and isinstance(context, ast.Load) else node

    def visit_comprehension(self, node: ast.comprehension) -> ast.AST:
        self.generic_visit(node)
        if not node.is_async:
            node.iter = metered("items", node.iter)
        return node
