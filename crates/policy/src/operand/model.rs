//! `machineLearningModels` 机器学习模型: named models only, for training or inference. C.6 row 14. Also read in the singular.

use super::{Spec, Test, Tested, words};
use crate::action::Enforcement;

pub(super) static SPEC: Spec = Spec {
    name: "machineLearningModels",
    also: &["machineLearningModel"],
    odrl: &[],
    zh: "机器学习模型",
    en: "machine learning model",
    fact: "machineLearningModel",
    operators: words::OPERATORS,
    enforcement: Enforcement::Technical,
    relate: words::versioned,
    near: words::near,
    read: words::read,
    test,
};

fn test(test: &Test<'_>) -> Tested {
    let facts: Vec<_> = test.request.machine_learning_model.as_deref().into_iter().collect();
    words::test(test, &facts)
}
