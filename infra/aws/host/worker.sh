#!/bin/bash
# Placeholder: engineer host writes this file.
