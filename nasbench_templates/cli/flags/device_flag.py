"""The flag `--device`."""

from absl import flags

from nasbench_templates.training import devices

# Of these flags in --help.
SECTION = "devices and workers"


def define_device_flag(flag_values: flags.FlagValues) -> None:
    """Defines the flag that chooses the devices; its value is for `training.devices.select`."""
    flags.DEFINE_string(
        "device",
        "auto",
        "auto, cpu, gpu, or one of several GPUs: gpu:1; some, gpu:0,1, where they share each batch "
        "(--distribution of train)",
        flag_values=flag_values,
    )
    flags.register_validator(
        "device", devices.is_device, "expected auto, cpu, gpu or gpu:0,1", flag_values=flag_values
    )
