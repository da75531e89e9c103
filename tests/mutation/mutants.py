"""Small, wrong versions of the product: one tenant predicate or one permission check less in each."""

import ast
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_TENANTS = ("self._tenant_id", "TENANT", "scope.tenant_id", "self._scope.tenant_id")


@dataclass(frozen=True)
class Mutant:
    """`path` (from the root) with the text between two character offsets replaced."""

    path: str
    line: int
    start: int
    end: int
    original: str
    replacement: str

    @property
    def name(self) -> str:
        return f"{self.path}:{self.line} without {self.original}"

    def source(self) -> str:
        """Return the whole wrong module."""
        text = (ROOT / self.path).read_text()
        return text[: self.start] + self.replacement + text[self.end :]


def predicate_mutants() -> list[Mutant]:
    """Return one mutant for every comparison of a tenant column with the bound tenant in the store."""
    return [
        mutant
        for path in sorted((ROOT / "ragapp/store").glob("*.py"))
        for mutant in _mutants_of(path, _is_predicate, "__import__('sqlalchemy').true()")
    ]


def permission_mutants() -> list[Mutant]:
    """Return one mutant for every permission check of a service."""
    return [
        mutant
        for path in sorted((ROOT / "ragapp/services").rglob("*.py"))
        for mutant in _mutants_of(path, _is_permission_check, "None")
    ]


def _mutants_of(path: Path, is_wanted: object, replacement: str) -> Iterator[Mutant]:
    text = path.read_text()
    starts = [0]
    for line in text.splitlines(keepends=True):
        starts.append(starts[-1] + len(line))
    for node in ast.walk(ast.parse(text)):
        if callable(is_wanted) and is_wanted(node):
            start = _offset(text, starts, node.lineno, node.col_offset)
            end = _offset(text, starts, node.end_lineno, node.end_col_offset)
            yield Mutant(str(path.relative_to(ROOT)), node.lineno, start, end, text[start:end], replacement)


def _offset(text: str, starts: list[int], line: int, column_bytes: int) -> int:
    whole = text[starts[line - 1] : starts[line]]
    return starts[line - 1] + len(whole.encode()[:column_bytes].decode())


def _is_predicate(node: ast.AST) -> bool:
    if not isinstance(node, ast.Compare) or not isinstance(node.ops[0], ast.Eq):
        return False
    sides = [ast.unparse(node.left), ast.unparse(node.comparators[0])]
    return any("tenant_id" in side for side in sides) and any(side in _TENANTS for side in sides)


def _is_permission_check(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == "require"
