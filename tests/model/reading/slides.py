r"""The equations of the slides, as they stand there: four models of mathematics achievement.

Wallace & LaCombe (2019), *Multilevel Modeling Using R and Stata*.  The full equations of the last
two have ``U_{1j}`` without ``\text{SES}_{ij}``, where substitution gives the product.
"""

NULL = r"""
- Model Specification
  - Level-1 Model (student-level):  $\text{mathach}_{ij} = \beta_{0j} + \varepsilon_{ij}$
  - Level-2 Model (school-level):  $\beta_{0j} = \gamma_{00} + U_{0j}$
  - Full Model:  $\text{mathach}_{ij} = \gamma_{00} + U_{0j} + \varepsilon_{ij}$
"""
LEVEL1 = r"""
- Level-1 Model (student-level):

$$\text{mathach}_{ij} = \beta_{0j} + \beta_{1j}\text{SES}_{ij} + \beta_{2j}\text{minority}_{ij} + \beta_{3j}\text{female}_{ij} + \varepsilon_{ij}$$

- Level-2 Models (school-level):

- $\beta_{0j} = \gamma_{00} + U_{0j}$

- $\beta_{1j} = \gamma_{10}$

- $\beta_{2j} = \gamma_{20}$

- $\beta_{3j} = \gamma_{30}$

- Full Model:

$$\text{mathach}_{ij} = \gamma_{00} + \gamma_{10}\text{SES}_{ij} + \gamma_{20}\text{minority}_{ij} + \gamma_{30}\text{female}_{ij} + U_{0j} + \varepsilon_{ij}$$
"""  # noqa: E501
SLOPE = r"""
- Model Specification
  - Level-1 Model (student-level):
$$\text{mathach}_{ij} = \beta_{0j} + \beta_{1j}\text{SES}_{ij} + \beta_{2j}\text{minority}_{ij} + \beta_{3j}\text{female}_{ij} + \varepsilon_{ij}$$
  - Level-2 Models (school-level):
    - $\beta_{0j} = \gamma_{00} + U_{0j}$
    - $\beta_{1j} = \gamma_{10} + U_{1j}$
    - $\beta_{2j} = \gamma_{20}$
    - $\beta_{3j} = \gamma_{30}$
  - Full Model:
$$\text{mathach}_{ij} = \gamma_{00} + \gamma_{10}\text{SES}_{ij} + \gamma_{20}\text{minority}_{ij} + \gamma_{30}\text{female}_{ij} + U_{0j} + U_{1j} + \varepsilon_{ij}$$
"""  # noqa: E501
CROSS = r"""
- Model Specification
  - Level-1 Model (student-level):
$$\text{mathach}_{ij} = \beta_{0j} + \beta_{1j}\text{SES}_{ij} + \beta_{2j}\text{minority}_{ij} + \beta_{3j}\text{female}_{ij} + \varepsilon_{ij}$$
  - Level-2 Models (school-level):
    - $\beta_{0j} = \gamma_{00} + \gamma_{01}\text{size}_j + \gamma_{02}\text{sector}_j + U_{0j}$
    - $\beta_{1j} = \gamma_{10} + \gamma_{11}\text{size}_j + U_{1j}$
    - $\beta_{2j} = \gamma_{20}$
    - $\beta_{3j} = \gamma_{30}$
  - Full Model:  $\text{mathach}_{ij} = \gamma_{00} + \gamma_{01}\text{size}_j + \gamma_{02}\text{sector}_j + \gamma_{10}\text{SES}_{ij} + \gamma_{11}\text{size}_j * \text{SES}_{ij} + \gamma_{20}\text{minority}_{ij} + \gamma_{30}\text{female}_{ij} + U_{0j} + U_{1j} + \varepsilon_{ij}$
"""  # noqa: E501
