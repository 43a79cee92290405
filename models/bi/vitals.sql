select
    property_id as property,
    day,
    device_type as device,
    vital,
    samples,
    good_samples as good,
    needs_improvement_samples as needs_improvement,
    poor_samples as poor
from {{ ref('daily_web_vitals') }}
