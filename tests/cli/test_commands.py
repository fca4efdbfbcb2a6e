"""The jobs that train nothing, called as a user calls them."""

import csv
import io
import json
import re
import subprocess
import sys

import pytest

from nasbench_templates.cli.jobs import train_job
from nasbench_templates.networks.architecture import architectures
from nasbench_templates.networks.named_cells import named_cells

CHAIN = (
    '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "conv3x3-bn-relu", "output"]}'
)
ROW_KEYS = [
    *("model", "template", "filters", "peak", "macs", "flops", "published_flops"),
    *("params", "trainable_params", "activations", "summary_outputs", "gap"),
    *("template_name", "gap_quantity", "macs_percent_of_base"),
]


def test_match_prints_the_contract(call):
    status, out, err = call("match", "--model=vgg19", "--format=json")
    rows = json.loads(out)
    assert (status, err) == (0, "")
    assert [row["template"] for row in rows] == ["base", "a", "b", "c", "d", "e"]
    assert all(list(row) == ROW_KEYS for row in rows)
    assert rows[0]["trainable_params"] == 20035018
    assert rows[0]["flops"] == 2 * rows[0]["macs"] == 2 * 398136320
    assert rows[0]["gap"] == 0
    assert rows[1]["peak"] == max(rows[1]["filters"])


@pytest.mark.parametrize("model", list(architectures))
def test_every_network_can_be_matched(call, model):
    status, out, _ = call(
        "match", f"--model={model}", "--templates=base,b,reverse", "--format=json"
    )
    base, flat, _ = json.loads(out)
    assert status == 0
    assert {row["model"] for row in (base, flat)} == {model}
    assert base["gap"] == 0
    assert flat["gap"] <= 0


def test_model_options_reach_the_network(call):
    options = "--model_options=variant=no_pooling,depth=3,channels=4"
    _, out, _ = call("match", "--model=multires", options, "--templates=base,a", "--format=json")
    rows = json.loads(out)
    assert rows[0]["filters"] == [4, 4]
    assert rows[0]["macs"] == 1024 * 9 * (3 * 4 + 4 * 4) + 4 * 10
    assert rows[1]["filters"][0] == 4


@pytest.mark.parametrize(
    ("option", "said"),
    [
        ("depth=deep", "multires: expected depth of type int, received 'deep'"),
        ("learn_depth=1", "expected learn_depth of type bool, received '1'"),
        ("wings=2", "each once, of variant, block, depth, channels"),
        ("depth=3,depth=4", "each once, of variant, .* received 'depth=4'"),
        ("depth=2", "expected depth >= 3, received 2"),
    ],
)
def test_wrong_model_options(call, option, said):
    status, out, err = call("match", "--model=multires", f"--model_options={option}")
    assert (status, out) == (2, "")
    assert re.search(said, err)


def test_learned_depth_ties_the_widths(call):
    flags = ("--model=multires", "--model_options=learn_depth=true", "--format=json")
    _, out, _ = call("match", *flags, "--templates=base,b", "--budget=0.5x")
    base, flat = json.loads(out)
    assert base["filters"] == [64]
    # Half the cost of a quadratic function of the width.
    assert flat["filters"] == [45]
    status, _, err = call("match", *flags, "--templates=d")
    assert status != 0
    assert "template d: expected at least 2 slots, received 1; learn_depth adds the outputs" in err


def test_head_of_vgg(call):
    flags = "--model=vgg19 --head=flatten --input_shape=224,224,3 --num_classes=200"
    _, out, _ = call("match", *flags.split(), "--templates=base", "--format=json")
    assert json.loads(out)[0]["trainable_params"] == 25047688


def test_head_of_other_networks_is_refused(call):
    status, _, err = call("match", "--model=resnet50", "--head=flatten")
    assert status == 2
    assert "resnet50 has no option head" in err


def test_match_reproduces_table_6_from_flags(call):
    flags = "--cell=resnet50 --templates=c,d,e --n_min=64 --peak_step=10 --match_on=macs"
    status, out, _ = call("match", *flags.split(), "--format=json")
    assert status == 0
    assert [row["filters"] for row in json.loads(out)] == [
        [210, 137, 64],
        [64, 430, 64],
        [210, 64, 210],
    ]


def test_match_writes_csv(call):
    _, out, _ = call("match", "--cell=best", "--templates=base,b", "--format=csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert list(rows[0]) == ROW_KEYS
    assert rows[0]["filters"] == "128 256 512"


def test_match_prints_a_table(call):
    _, out, _ = call("match", "--model=vgg19", "--templates=base,b")
    assert "64 x2, 128 x2, 256" in out
    assert "20,046,026" in out
    assert "b flat" in out


@pytest.mark.parametrize(
    ("letter", "word"),
    zip("abcde", ["increasing", "flat", "decreasing", "bulge", "waist"], strict=True),
)
def test_words_stand_for_letters_and_are_shown_with_them(call, letter, word):
    _, by_letter, _ = call("match", "--cell=best", f"--templates={letter}", "--format=json")
    _, by_word, _ = call("match", "--cell=best", f"--templates={word}", "--format=json")
    assert by_word == by_letter
    (row,) = json.loads(by_word)
    assert (row["template"], row["template_name"]) == (letter, word)
    _, table, _ = call("match", "--cell=best", f"--templates={word}")
    assert f"{letter} {word}" in table
    assert call("match", "--cell=best", f"--templates={word},{letter}")[0] == 2


def test_redistributions_tell_what_they_keep_and_what_they_cost(call):
    flags = ("match", "--cell=best", "--templates=base,b,uniform,reverse")
    _, table, err = call(*flags)
    for shown in ("uniform (equal total)", "reverse (equal total)", "FLOPs", "filters"):
        assert shown in table
    assert err.count("warning") == 1
    assert re.search("MACs, in % of the base's: uniform 238 %, reverse 561 %", err)
    _, out, _ = call(*flags, "--format=json")
    base, flat, uniform, _ = json.loads(out)
    assert uniform["macs_percent_of_base"] == 100 * uniform["macs"] / base["macs"]
    assert [row["gap_quantity"] for row in (base, flat, uniform)] == [
        *("published_flops", "published_flops", "total_filters"),
    ]
    _, half, _ = call("match", "--cell=best", "--templates=uniform", "--width_multiplier=0.5")
    assert "uniform (total" in half
    assert call("match", "--cell=best", "--templates=base,b,c,d,e")[2] == ""


def test_parameters_are_matched_on_the_trainable_ones_by_either_name(call):
    flags = ("match", "--cell=best", "--templates=b", "--budget=2e6", "--format=json")
    rows = [json.loads(call(*flags, f"--match_on={name}")[1])
            for name in ("params", "trainable_params")]  # fmt: skip
    assert rows[0] == rows[1]
    assert rows[0][0]["gap_quantity"] == "trainable_params"
    assert abs(rows[0][0]["trainable_params"] / 2e6 - 1 - rows[0][0]["gap"]) < 1e-12


@pytest.mark.parametrize("model", ["vgg19", "resnet50", "mobilenet_v2", "multires"])
@pytest.mark.parametrize("columns", ["100", "80"])
def test_tables_fit_the_terminal(call, monkeypatch, model, columns):
    monkeypatch.setenv("COLUMNS", columns)
    _, out, _ = call("match", f"--model={model}", "--templates=base,a,d,uniform")
    assert max(map(len, out.splitlines())) <= int(columns)


@pytest.mark.parametrize("suffix", ["png", "svg", "pdf"])
def test_pictures(call, tmp_path, suffix):
    picture = tmp_path / f"widths.{suffix}"
    assert call("match", "--cell=best", f"--plot={picture}")[0] == 0
    assert picture.stat().st_size > 1000
    lines = tmp_path / "cells.jsonl"
    lines.write_text(CHAIN)
    picture = tmp_path / f"cell.{suffix}"
    assert call("inspect", f"--input={lines}", f"--plot={picture}")[0] == 0
    assert picture.stat().st_size > 1000


def test_flags_come_from_files(call, tmp_path):
    preset = tmp_path / "preset.flags"
    preset.write_text("# a comment\n--cell=best\n--templates=b\n")
    status, out, _ = call("match", f"--flagfile={preset}", "--format=json")
    assert status == 0
    assert len(json.loads(out)) == 1


@pytest.mark.parametrize("arguments", [["--preset=myth_vgg19"], ["--preset", "myth_vgg19"]])
def test_preset_of_the_package_is_a_flag_file_and_later_flags_override_it(call, arguments):
    status, out, _ = call("match", *arguments, "--templates=b", "--format=json")
    assert status == 0
    assert [row["trainable_params"] for row in json.loads(out)] == [3_170_782]


def test_template_that_equals_the_base_is_one_line_of_warning(call):
    status, out, err = call("match", "--model=multires", "--templates=base,c", "--format=json")
    assert status == 0
    assert len(json.loads(out)) == 2
    (line,) = err.splitlines()
    assert line.startswith("nasbench-templates: warning: template c gives multires the widths of")


def test_unknown_preset_names_the_known_ones(call):
    status, _, err = call("match", "--preset=vgg")
    assert status == 2
    assert "unknown preset 'vgg': expected one of digits_resnet, " in err


def test_cells_by_name_hash_json_and_file(call, tmp_path):
    named = named_cells.get("best").cell
    content = json.dumps({"matrix": named.matrix, "ops": named.ops})
    file = tmp_path / "cell.json"
    file.write_text(content)
    outputs = {
        call("match", f"--cell={value}", "--format=json")[1]
        for value in ("best", named.hash(), content, str(file))
    }
    assert len(outputs) == 1


def test_cells_by_hash_in_records(call, data_folder):
    flags = [
        "--cell=00005c142e6f48ac74fdcf73e3439874",
        f"--records={data_folder}/nasbench101/nasbench101_val_25001.csv.gz",
    ]
    status, out, _ = call("match", *flags, "--templates=base", "--format=json")
    assert status == 0
    assert json.loads(out)[0]["trainable_params"] == 8555530


def test_named_cells_bring_their_skeleton_unless_flags_say_otherwise(call):
    def count(*flags):
        _, out, _ = call("match", "--cell=resnet50", "--templates=base", "--format=json", *flags)
        return json.loads(out)[0]["trainable_params"]

    assert count() == 6040970
    assert count("--num_modules_per_stack=3") < 6040970
    assert count("--stack_filters=128,256,512") == 6040970


def test_inspect_goes_on_after_bad_lines(call, tmp_path):
    lines = tmp_path / "cells.jsonl"
    lines.write_text(
        f"{CHAIN}\nnot json\n\n[1]\n"
        '{"matrix": [[0, 0], [0, 0]], "ops": ["input", "output"]}\n'
        '{"matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]], "ops": ["input", "identity", "output"]}\n'
    )
    status, out, _ = call("inspect", f"--input={lines}")
    rows = [json.loads(line) for line in out.splitlines()]
    assert status == 0
    assert [row["valid"] for row in rows] == [True, False, False, False, True]
    assert rows[0] == {
        "valid": True,
        "in_space": True,
        "hash": "b49ac8c578b4561d79ac7087988f1c61",
        "matrix": [[0, 1, 0], [0, 0, 1], [0, 0, 0]],
        "ops": ["input", "conv3x3-bn-relu", "output"],
        "num_vertices": 3,
        "num_edges": 2,
        "vertex_channels": [128, 128, 128],
        "params": rows[0]["params"],
        "trainable_params": rows[0]["trainable_params"],
        "macs": rows[0]["macs"],
        "order_sensitive": False,
    }
    assert {row["error"] for row in rows[1:4]} == {"SpecError"}
    assert "malformed JSON" in rows[1]["message"]
    assert rows[4]["hash"] is None
    assert not rows[4]["in_space"]


def test_line_beyond_all_use_takes_no_memory(tmp_path):
    lines = tmp_path / "cells.jsonl"
    with lines.open("w") as file:
        file.write('{"matrix": [[0')
        for _ in range(100):
            file.write(",0" * 500_000)
        file.write('\n{"matrix": [[0, 1], [0, 0]], "ops": ["input", "output"]}')
    # 100 MB; the child's own peak says how much of it was held.
    code = (
        "import sys; from nasbench_templates.__main__ import main; "
        f"main(['inspect', '--input={lines}']); "
        "print(*(line.split()[1] for line in open('/proc/self/status') if 'VmHWM' in line))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    first, second, peak_kib = done.stdout.splitlines()
    assert "expected a cell in at most 1,048,576 characters" in json.loads(first)["message"]
    assert json.loads(second)["valid"]
    assert int(peak_kib) < 60_000


def test_cell_file_beyond_all_use_is_refused(call, tmp_path):
    path = tmp_path / "cell.json"
    path.write_text('{"matrix": ' + " " * (1 << 20) + "}")
    status, _, err = call("match", f"--cell={path}")
    assert status == 2
    assert "cell.json: expected at most 1,048,576 bytes, received more" in err


def test_inspect_takes_widths(call, tmp_path):
    lines = tmp_path / "cells.jsonl"
    lines.write_text(CHAIN)
    flags = "--in_channels=3 --out_channels=5 --stem_filters=16 --stack_filters=16,8"
    _, out, _ = call("inspect", f"--input={lines}", *flags.split())
    assert json.loads(out)["vertex_channels"] == [3, 5, 5]


def test_list_shows_every_kind(call):
    status, out, _ = call("list", "--format=json")
    found = {(row["kind"], row["name"]) for row in json.loads(out)}
    assert status == 0
    assert {
        ("architectures", "vgg19"),
        ("templates", "negative_quadratic"),
        ("cells", "inception"),
        ("datasets", "digits"),
        ("recipes", "nasbench101"),
    } <= found


def test_descriptions_in_the_list_begin_at_one_column(call):
    _, out, _ = call("list", "templates")
    _, rule, *lines = out.splitlines()
    column = rule.rindex(" ") + 1
    assert all(line[column - 1] == " " != line[column] for line in lines)


def test_a_list_is_narrowed_by_a_name_in_any_letters(call):
    assert call("list", "templates", "C*") == call("list", "templates", "c*")


def test_list_tells_what_is_known_of_data_sets(call):
    _, out, _ = call("list", "datasets", "--format=json")
    lines = {row["name"]: row["description"] for row in json.loads(out)}
    assert lines["cifar100"].endswith("100 classes, 45,000 / 5,000 / 10,000 images")
    assert {"cifar10", "cinic10", "tiny_imagenet", "imagenet", "mnist"} <= lines.keys()


def test_network_is_planned_for_images_of_ones_own(call, tmp_path, cache_folder):
    from PIL import Image

    for kind in ("cat", "dog", "wolf"):
        (tmp_path / "pets" / kind).mkdir(parents=True)
        for number in range(10):
            Image.new("RGB", (9 + number, 12)).save(tmp_path / "pets" / kind / f"{number}.png")
    pets = ("evaluate", "--cell=resnet", "--dataset=pets", f"--data_dir={tmp_path}", "--dry_run")
    status, _, err = call(*pets)
    assert (status, "expected --image_size=PIXELS" in err) == (2, True)
    status, _, err = call(*pets, "--image_size=16")
    assert (status, "input 16x16x3" in err) == (0, True), err


def test_help_teaches(call):
    for argv in (["--help"], ["match", "--help"], ["evaluate", "-h"], ["inspect", "--helpfull"]):
        status, out, err = call(*argv)
        assert (status, err) == (0, "")
        assert "usage: nasbench-templates" in out
    assert "--peak_step" in call("match", "--help")[1]
    assert call("--version")[1].startswith("nasbench-templates 0.")
    assert call()[0] == 2


@pytest.mark.parametrize(
    ("argv", "status", "message"),
    [
        ("mach", 2, "unknown job 'mach': expected match"),
        ("match", 2, "expected --model=... or --cell=..., received neither"),
        ("match --model=vgg20", 2, "unknown architecture 'vgg20': did you mean vgg19"),
        ("match --cell=rasnet", 2, "unknown cell 'rasnet': did you mean resnet"),
        ("match --cell=" + "0" * 32, 2, "a hash needs --records=FILE"),
        ("match --cell=missing.json", 2, "--cell=missing.json: No such file"),
        ("match --cell={", 2, "malformed JSON"),
        ("match --cell=best --model=resnet20", 2, "no --model beside --cell, or nasbench101"),
        ("match --cell=best --stem_filters=x", 2, "expected a whole number, received 'x'"),
        ("train --learning_rate=fast", 2, "expected a number, received 'fast'"),
        ('match --cell={"matrix":[[0,1],[1,0]],"ops":["input","output"]}', 2, "upper triangular"),
        ('match --cell={"matrix":[[0,0],[0,0]],"ops":["input","output"]}', 2, "disconnected"),
        ("match --cell=best --templates=base,q", 2, "unknown template 'q'"),
        ("match --cell=best --templates=", 2, "expected at least one name"),
        ("match --cell=best --templates=a,a", 2, "expected each template once"),
        ("match --cell=best --budget=lots", 2, "expected a budget above 0"),
        ("match --cell=best --budget=1", 1, "is below the smallest network"),
        ("match --cell=best --input_shape=32,32", 2, "--input_shape as height,width,channels"),
        ("match --cell=best --num_classes=0", 2, "num_classes"),
        ("match --cell=best --match_on=time", 2, "match_on"),
        ("match --cell=best --slots=layer", 2, "expected slots to be one of stack, module"),
        ("match --cell=inception --stack_filters=4,4,3", 2, 'slot "stack2": expected filters >= 4'),
        ("match --model=vgg19 --num_stacks=3", 2, "vgg19 has no option num_stacks"),
        ("match --cell=best --unknown=1", 2, "Unknown command line flag 'unknown'"),
        ("match --cell=best extra", 2, "expected flags only, received 'extra'"),
        ("match --cell=best --plot=x.docx", 2, "expected a file name in"),
        ("match --cell=best --plot=/nowhere/x.png", 1, "No such file or directory: /nowhere/x.png"),
        ("match --cell=best --width_multiplier=0", 2, "--width_multiplier above 0"),
        ("match --cell=best --width_multiplier=1e999", 2, "--width_multiplier above 0"),
        ("match --cell=best --budget=1e99999999", 2, "expected a budget above 0"),
        ("match --cell=best --num_stacks=1000", 2, "expected num_stacks in 1..16"),
        ("match --cell=best --records=/nowhere", 2, "/nowhere does not exist"),
        ("match --cell=" + "x" * 5000, 2, "unknown cell"),
        ("match --cell=inception --n_min=2 --templates=c", 2, "expected filters >= 4"),
        ("match --cell=best --stack_filters=512,256,128", 1, "a smaller n_min makes it smaller"),
        ("evaluate --cell=best --batch_size=5000", 2, "batch_size <= 1197 training images"),
        ("evaluate --cell=best --output_dir=", 2, "expected a folder for --output_dir"),
        ("inspect --input=/nowhere", 2, "--input: expected a file or folder, /nowhere does not"),
        ("inspect --stack_filters=1,x", 2, "--stack_filters as whole numbers"),
        ("list colours", 2, "received 'colours'"),
        (
            "evaluate --cell=best --dataset=digit",
            2,
            "unknown data set 'digit': did you mean digits",
        ),
        ("evaluate --cell=best --recipe=long", 2, "unknown recipe 'long'"),
        ("evaluate --cell=best --seeds=1,1", 2, "expected each seed once"),
        ("evaluate --cell=best --dataset=mnist --data_dir=/nowhere", 2, "/nowhere"),
        ("evaluate --cell=best --output_dir=/proc/none", 1, "/proc/none"),
    ],
)
def test_bad_input_is_one_line_and_a_status(call, argv, status, message):
    found, out, err = call(*argv.split(" "))
    assert found == status
    assert out == ""
    lines = [line for line in err.splitlines() if "error:" in line]
    assert len(lines) == 1
    assert message in lines[0]
    assert "Traceback" not in err


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"--format=json\xff", "expected a text file in UTF-8"),
        (b"x" * (1 << 21), "expected at most"),
    ],
)
def test_a_flag_file_that_is_none_is_refused(call, tmp_path, content, message):
    path = tmp_path / "some.flags"
    path.write_bytes(content)
    for given in ([f"--flagfile={path}"], ["--flagfile", str(path)]):
        status, _, err = call("list", "cells", *given)
        assert status == 2
        assert f"--flagfile: {path}: {message}" in err


def test_a_flag_file_within_another_may_be_no_text(call, tmp_path):
    (tmp_path / "inner.flags").write_bytes(b"--format=json\xff")
    (tmp_path / "outer.flags").write_text(f"--flagfile={tmp_path / 'inner.flags'}\n")
    status, _, err = call("list", "cells", f"--flagfile={tmp_path / 'outer.flags'}")
    assert (status, "expected a text file in UTF-8" in err) == (2, True)


@pytest.mark.parametrize(
    ("arguments", "epochs"),
    [
        (("--smoke",), 1),
        (("--smoke", "--epochs=2"), 2),
        (("--smoke=false",), 3),
        ((), 3),
    ],
)
def test_smoke_of_a_preset_is_one_epoch(call, arguments, epochs, tmp_path, monkeypatch):
    seen = []
    monkeypatch.setattr(train_job, "run", lambda flags, rest: seen.append(flags.epochs) or 0)
    assert call("train", "--preset=fashion_mnist_cell", *arguments)[0] == 0
    assert seen == [epochs]
