"""skops files: a zip with schema.json that names every type to be built. Types off the list are reported.

The default list follows what skops 0.16 trusts by itself (numpy, scipy.sparse, scikit-learn's Python
estimators); compiled classes and anything else must be named in trusted_types.json. The runner asks skops
itself again before it loads."""

import json
import re
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from .arrays import npy_has_objects
from .hits import Hits
from .words import words

MAX_SCHEMA = 64 * 1024 * 1024
DEFAULT_TYPES = words(
    "builtins.dict builtins.list builtins.tuple builtins.set builtins.frozenset builtins.str"
    " builtins.int builtins.float builtins.bool builtins.complex builtins.bytes builtins.bytearray"
    " builtins.slice builtins.NoneType builtins.type collections.OrderedDict collections.defaultdict"
    " numpy.ndarray numpy.dtype numpy.ma.MaskedArray numpy.ma.core.MaskedArray numpy.matrix"
    " numpy.random.Generator numpy.random._generator.Generator numpy.random.mtrand.RandomState"
    " numpy.random.MT19937 numpy.random.PCG64 numpy.random.PCG64DXSM numpy.random.Philox"
    " numpy.random.SFC64 numpy.random._mt19937.MT19937 numpy.random._pcg64.PCG64"
)
DEFAULT_FORMS = (
    re.compile(r"numpy\.(?:u?int|float|complex|bool|str|bytes|datetime|timedelta|void|object)\w{0,12}"),
    re.compile(r"numpy\.dtypes\.\w{1,40}DType"),
    re.compile(r"scipy\.sparse(?:\._\w+){0,2}\.\w{3}_(?:matrix|array)"),
    re.compile(r"sklearn(?:\.\w+){1,4}\.[A-Z]\w+"),
)
# losses and binning of gradient boosting, which skops does trust
BOOSTING = re.compile(
    r"sklearn\._loss\.(?:link\.[A-Z]\w+|_loss\.Cy\w+|loss\.(?:Half(?!Tweedie)\w+|AbsoluteError|ExponentialLoss|HuberLoss"
    r"|PinballLoss))|sklearn\.ensemble\._hist_gradient_boosting\.binning\._BinMapper"
)
# compiled or low-level parts of scikit-learn that skops does not trust by itself
NOT_BY_DEFAULT = re.compile(
    r"sklearn\.(?:_loss"
    r"|metrics\._dist_metrics|neighbors\._(?:ball|kd)_tree|tree\._tree|gaussian_process\.kernels"
    r"|ensemble\._hist_gradient_boosting\.predictor|calibration\._|utils|externals|datasets|neural_network\._stoch)"
)
SCIPY_UFUNC = re.compile(r"scipy\.special\._(?:special_)?ufuncs\.\w+")
NUMPY_UFUNCS = words(
    "absolute add arccos arccosh arcsin arcsinh arctan arctan2 arctanh bitwise_and bitwise_count"
    " bitwise_or bitwise_xor cbrt ceil conjugate copysign cos cosh deg2rad degrees divide divmod equal"
    " exp exp2 expm1 fabs float_power floor floor_divide fmax fmin fmod frexp gcd greater"
    " greater_equal heaviside hypot invert isfinite isinf isnan isnat lcm ldexp left_shift less"
    " less_equal log log10 log1p log2 logaddexp logaddexp2 logical_and logical_not logical_or"
    " logical_xor matmul matvec maximum minimum modf multiply negative nextafter not_equal positive"
    " power rad2deg radians reciprocal remainder right_shift rint sign signbit sin sinh spacing sqrt"
    " square subtract tan tanh trunc vecdot vecmat"
)


def check_skops(root: Path, hits: Hits, trusted: frozenset[str]) -> None:
    """Findings for one .skops file: `skops.broken`, or `skops.untrusted_type` for each type off the lists."""
    try:
        with zipfile.ZipFile(root / hits.path) as archive:
            schema = _schema(archive)
            _check_members(archive, hits)
    except (ValueError, KeyError, zipfile.BadZipFile, RuntimeError, NotImplementedError, EOFError) as error:
        hits.add("skops.broken", problem=error)
        return
    unknown = sorted({name for name in _types(schema) if not is_trusted(name, trusted)})
    for name in unknown:
        hits.add("skops.untrusted_type", type=name)


def is_trusted(name: str, trusted: frozenset[str]) -> bool:
    """True for a type that may be built: by the operator's list, or by default."""
    if name in trusted or name in DEFAULT_TYPES or BOOSTING.fullmatch(name):
        return True
    if NOT_BY_DEFAULT.match(name):
        return False
    return any(form.fullmatch(name) for form in DEFAULT_FORMS)


def _schema(archive: zipfile.ZipFile) -> Any:
    names = archive.namelist()
    if len(set(names)) != len(names):
        raise ValueError("two members have the same name")
    with archive.open("schema.json") as source:
        raw = source.read(MAX_SCHEMA + 1)
    if len(raw) > MAX_SCHEMA:
        raise ValueError("schema.json is too large")
    try:
        schema = json.loads(raw)
    except RecursionError as error:
        raise ValueError("schema.json is nested too deeply") from error
    if not isinstance(schema, dict) or "__class__" not in schema:
        raise ValueError("schema.json describes no object")
    return schema


def _check_members(archive: zipfile.ZipFile, hits: Hits) -> None:
    for member in archive.infolist():
        if member.filename.endswith(".npy"):
            with archive.open(member) as source:
                if npy_has_objects(source):
                    hits.add("npy.object_array", member=member.filename)
        elif not member.filename.endswith((".json", ".npz", ".bin")):
            hits.add("skops.untrusted_type", type=f"member {member.filename}")


def _types(schema: Any) -> Iterator[str]:
    """Every type and function that the schema asks for, without recursion."""
    pending = [schema]
    while pending:
        node = pending.pop()
        if isinstance(node, list):
            pending += node
        elif isinstance(node, dict):
            yield from _named(node)
            pending += node.values()


def _named(node: dict[str, Any]) -> Iterator[str]:
    module, name, loader = node.get("__module__"), node.get("__class__"), node.get("__loader__")
    if loader == "FunctionNode":
        function = f"{module}.{name}"
        if not (SCIPY_UFUNC.fullmatch(function) or function.removeprefix("numpy.") in NUMPY_UFUNCS):
            yield function
    elif loader in ("MethodNode", "OperatorFuncNode", "ReduceNode") and not str(module).startswith("numpy"):
        yield f"{module}.{name} ({loader})"
    elif isinstance(module, str) and isinstance(name, str):
        yield f"{module}.{name}"
