"""Dates in names: every stated pattern, what is no date, and that nobody's date is read as another one."""

import string
import unicodedata
from datetime import date, datetime

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from regionwise.core.contract.errors import RegionwiseError
from regionwise.core.data.series.date_patterns import PATTERNS, day_of_year, find_date
from regionwise.core.data.series.dated_names import BandName, choose_pattern, explain, patterns_for
from regionwise.core.data.series.month_names import LANGUAGES
from regionwise.core.tools.series.params import DATE_PATTERNS

DAY = date(2020, 6, 12)


def names_of(*stems, words=(), description="", folder="images"):
    return [BandName((description, stem, folder), f"{folder}/{stem}.tif", words=words) for stem in stems]


def read(*stems, year=0, **changes):
    """The dates of names by the pattern that is chosen, their bands, and the pattern; None for what is refused."""
    said = choose_pattern(names_of(*stems, **changes), year)
    if not said.complete:
        return None
    return [reading.date for reading in said.readings], said.bands, said.pattern


REAL_NAMES = [
    # MODIS: AppEEARS, LP DAAC, its own files
    ("MOD13Q1.061__250m_16_days_NDVI_doy2020097000000_aid0001", "2020-04-06", "product"),
    ("MOD11A2.061_LST_Day_1km_doy2020097_aid0001", "2020-04-06", "product"),
    ("HLSL30.020_B05_doy2020203_aid0001_13N", "2020-07-21", "product"),
    ("MOD13Q1.A2020164.h12v10.006", "2020-06-12", "product"),
    ("MOD13Q1.A2020097.h12v10.006.2020115123456", "2020-04-06", "product"),
    ("MOD09GA.A2020097.h12v10.061.2020115123456_sur_refl_b01_1", "2020-04-06", "product"),
    ("MOD04_L2.A2020097.1030.061.2020099123456", "2020-04-06", "product"),
    ("A2020097_NDVI", "2020-04-06", "product"),
    ("MOD13Q1_NDVI_2020_097", "2020-04-06", "YYYY-DDD"),
    ("TERRA_MODIS_012010_EVI_2013-09-14", "2013-09-14", "YYYY-MM-DD"),
    # VIIRS, lights at night
    ("VNP46A2.A2020097.h12v04.001.2020115123456", "2020-04-06", "product"),
    ("SVDNB_npp_d20200612_t0123456_e0124567_b12345_c20200612071923456789_noac_ops", "2020-06-12", "product"),
    ("SVDNB_npp_20200101-20200131_75N180W_vcmslcfg_v10_c202002111500.avg_rade9h", "2020-01-01", "YYYYMMDD"),
    ("VNL_v2_npp_2019_global_vcmslcfg_c202101211500.average", "2019-01-01", "YYYY"),
    # PROBA-V, Copernicus
    ("c_gls_NDVI_202001010000_GLOBE_PROBAV_V2.2.1", "2020-01-01", "YYYYMMDD"),
    ("c_gls_NDVI300_202007110000_GLOBE_OLCI_V2.0.1", "2020-07-11", "YYYYMMDD"),
    ("PROBAV_S10_TOC_X18Y03_20200101_333M_NDVI_V101", "2020-01-01", "YYYYMMDD"),
    # Sentinel: products, granules, Earth Engine, Theia, Sentinel Hub
    ("S2A_MSIL2A_20200612T105031_N0212_R051_T32TNR_20200613T135234_B04", "2020-06-12", "sentinel"),
    ("S2A_OPER_PRD_MSIL1C_PDMC_20160104T210211_R006_V20160103T052702_20160104T052702", "2016-01-03", "sentinel"),
    ("T32TNR_20200612T105031_B04_10m", "2020-06-12", "sentinel"),
    ("L2A_T32TNR_A025974_20200612T105031", "2020-06-12", "sentinel"),
    ("S1A_IW_GRDH_1SDV_20200612T172130_20200612T172155_030639_0382E2_AB12", "2020-06-12", "sentinel"),
    ("S1B_IW_SLC__1SDV_20200612T172130_20200612T172155_030639_0382E2_AB12_Orb_Cal_TC", "2020-06-12", "sentinel"),
    ("S3A_SL_2_LST____20200612T102034_20200612T102334_20200613T143021_0179_059_065_2160_LN2_O_NT_004",
     "2020-06-12", "sentinel"),
    ("S5P_OFFL_L2__NO2____20200612T102034_20200612T120203_13804_01_010302_20200614T023000", "2020-06-12", "sentinel"),
    ("20200527T154211_20200527T155000_T18TYN", "2020-05-27", "sentinel"),
    ("SENTINEL2A_20200612-105031-123_L2A_T32TNR_C_V2-2_FRE_B4", "2020-06-12", "sentinel"),
    ("2020-06-12-00:00_2020-06-12-23:59_Sentinel-2_L2A_B04", "2020-06-12", "YYYY-MM-DD"),
    # HLS, Planet, EnMAP, ASTER
    ("HLS.S30.T18TYN.2020273T154211.v2.0.B04", "2020-09-29", "product"),
    ("20200527_154211_0e20_3B_AnalyticMS_SR", "2020-05-27", "product"),
    ("20200527_154211_74_2262_3B_AnalyticMS_SR_8b_clip", "2020-05-27", "product"),
    ("20200527_154211_ssc3_u0001_analytic", "2020-05-27", "product"),
    ("ENMAP01-____L2A-DT0000001049_20220612T102034Z_001_V010303_20220613T102034Z-SPECTRAL_IMAGE",
     "2022-06-12", "product"),
    ("AST_L1T_00306122020010203_20200707132323_1234", "2020-06-12", "product"),  # month, day, year
    # Landsat: collections 2 and 1, before them, ARD, on demand, Earth Engine
    ("LC08_L2SP_127040_20200612_20200823_02_T1_SR_B4", "2020-06-12", "landsat"),
    ("LC08_L1TP_127040_20200612_20200823_01_RT_B4", "2020-06-12", "landsat"),
    ("LC81270402020164LGN01_B3", "2020-06-12", "landsat"),
    ("LC08_CU_028009_20200612_20200823_C01_V01_SRB4", "2020-06-12", "landsat"),
    ("LC081270402020061201T1-SC20200823153000", "2020-06-12", "landsat"),
    ("LC08_044034_20200318", "2020-03-18", "landsat"),
    ("1_2_LT05_044034_19980318", "1998-03-18", "landsat"),
    ("MOD13Q1_2020_04_06", "2020-04-06", "YYYY-MM-DD"),
    ("2020_04_06", "2020-04-06", "YYYY-MM-DD"),
    # climate, land cover, and what people write
    ("chirps-v2.0.2020.06.12", "2020-06-12", "YYYY-MM-DD"),
    ("chirps-v2.0.2020.06", "2020-06-01", "YYYY-MM"),
    ("era5_t2m_202006", "2020-06-01", "YYYYMM"),
    ("wc2.1_2.5m_tmin_2020-06", "2020-06-01", "YYYY-MM"),
    ("ESACCI-LC-L4-LCCS-Map-300m-P1Y-2015-v2.0.7", "2015-01-01", "YYYY"),
    ("3B-DAY.MS.MRG.3IMERG.20200612-S000000-E235959.V06", "2020-06-12", "YYYYMMDD"),
    ("ndvi_2020-06-12", "2020-06-12", "YYYY-MM-DD"),
    ("ndvi_2020_06_12_v2", "2020-06-12", "YYYY-MM-DD"),
    ("ndvi20200612x", "2020-06-12", "YYYYMMDD"),
    ("ndvi_20200612_154211", "2020-06-12", "YYYYMMDD"),
    ("ndvi 2020-06-12T15:42:11.5Z", "2020-06-12", "YYYY-MM-DD"),
    ("ndvi_2020-06-12_15-42-11", "2020-06-12", "YYYY-MM-DD"),
    ("ndvi_2020164", "2020-06-12", "YYYYDDD"),
    ("ndvi_2020-164", "2020-06-12", "YYYY-DDD"),
    ("ndvi.2020.164", "2020-06-12", "YYYY-DDD"),
    ("ndvi_2020_doy164", "2020-06-12", "YYYY-DDD"),
    ("ndvi_14092013", "2013-09-14", "DDMMYYYY"),  # there is no month 14
    ("ndvi_14.09.2013", "2013-09-14", "DDMMYYYY"),
    ("ndvi_09142013", "2013-09-14", "MMDDYYYY"),
    ("ndvi_june_2020", "2020-06-01", "month"),
    ("ndvi_12jun2020", "2020-06-12", "month"),
    ("Jun 12, 2020", "2020-06-12", "month"),
    ("ndvi_12_de_junho_de_2020", "2020-06-12", "month"),
    ("2020年6月", "2020-06-01", "month"),
    ("2020年6月12日_ndvi", "2020-06-12", "month"),
    ("ndvi 2020-06", "2020-06-01", "YYYY-MM"),
    ("NDVI_Mean_1982", "1982-01-01", "YYYY"),
]  # fmt: skip


@pytest.mark.parametrize(("name", "when", "pattern"), REAL_NAMES)
def test_real_names_are_dated(name, when, pattern):
    dates, _, chosen = read(name)
    assert ([str(each) for each in dates], chosen) == ([when], pattern)
    assert pattern in PATTERNS and str(find_date([name], pattern).date) == when


@pytest.mark.parametrize("name", ["x_20200230", "x2020366123", "marmalade", "band_12", "123456789", "0000001",
                                  "ndvi_2019366", "ndvi_20201345", "ndvi_2020_13", "ndvi_1591920000000"])  # fmt: skip
def test_what_is_no_date_is_none(name):
    assert all(find_date([name], pattern, 2001) is None for pattern in PATTERNS if pattern != "YYYY")


@pytest.mark.parametrize(
    "name",
    [
        "S2A_OPER_MSI_L1C_TL_EPA__20160104T210211_A002792_T44RQV_B04",  # it holds the date of processing alone
        "ndvi_processed_20200612",
        "ndvi_062020",
        "ndvi_120620",
    ],
)
def test_names_without_a_date_of_acquisition_have_none(name):
    assert read(name) is None


def test_choices_of_the_tool_are_the_patterns():
    assert ("auto", *PATTERNS) == DATE_PATTERNS


# how people write a date, and to what it is known
SCHEMES = {
    "%Y-%m-%d": "day", "%Y_%m_%d": "day", "%Y.%m.%d": "day", "%Y%m%d": "day", "%Y%m%d_%H%M%S": "day",
    "%Y%m%dT%H%M%S": "day", "%Y%m%d%H%M": "day", "%Y%m%d_%H%M": "day", "%Y%j": "day", "%Y-%j": "day", "%Y_%j": "day",
    "doy%Y%j%H%M%S": "day", "A%Y%j": "day", "%d%m%Y": "day", "%m%d%Y": "day", "%d-%m-%Y": "day", "%d.%m.%Y": "day",
    "%m_%d_%Y": "day", "%d%b%Y": "day", "%d_%B_%Y": "day", "%B_%Y": "month", "%Y-%b": "month", "%Y%m": "month",
    "%Y-%m": "month", "%Y": "year", "%m-%Y": "month", "%m%Y": "month", "%Y_%m%d": "day", "%Y_%d%m": "day",
    "%j_%Y": "day", "doy%j_%Y": "day", "%Y_m%m": "month", "%Y_w%W": "day", "%H%M%S_%Y%m%d": "day",
    "%Y_%m%d_%H%M": "day",
    "%y%m%d_%Y": "day", "%b%Y": "month", "LC08_L2SP_127040_%Y%m%d_20230823_02_T1": "day",
    "S2A_MSIL2A_%Y%m%dT%H%M%S_N0212_R051_T32TNR_20230613T135234": "day", "HLS.L30.T18TYN.%Y%jT%H%M%S.v2.0": "day",
    "%Y%m%d_%H%M%S_0e20_3B": "day", "LE7127040%Y%jLGN01": "day", "T32TNR_%Y%m%dT%H%M%S": "day",
}  # fmt: skip
TIMES = st.datetimes(datetime(1900, 1, 1), datetime(2199, 12, 31))


def as_known(when, precision):
    return (
        when.replace(month=1, day=1) if precision == "year" else when.replace(day=1) if precision == "month" else when
    )


@given(st.lists(TIMES, min_size=1, max_size=5, unique_by=lambda when: when.date()), st.sampled_from(sorted(SCHEMES)),
       st.booleans())  # fmt: skip
def test_a_date_is_read_as_it_is_or_refused(times, scheme, two_bands):
    """Whoever writes dates in one way gets these dates or a refusal, and never a band called after a part of one."""
    bands = ("NDVI", "EVI") if two_bands else ("NDVI",)
    stems = [f"{band}_{when.strftime(scheme)}" for when in times for band in bands]
    assume(len(set(stems)) == len(stems))
    try:
        found = read(*stems)
    except RegionwiseError:
        return
    if found:
        expected = [as_known(when.date(), SCHEMES[scheme]) for when in times for _ in bands]
        assert found[0] == expected
        assert all(band.startswith(bands) and not set(band.split("_")) & set(string.digits) for band in found[1])


@pytest.mark.parametrize("scheme", ["%Y-%m-%d", "%Y%m%d", "%Y%j", "%Y_%j", "%Y%m%d_%H%M%S", "doy%Y%j%H%M%S", "A%Y%j"])
@given(times=st.lists(TIMES, min_size=1, max_size=4, unique_by=lambda when: when.date()))
def test_usual_schemes_are_never_refused(scheme, times):
    dates, bands, _ = read(*(f"{band}_{when.strftime(scheme)}" for when in times for band in ("NDVI", "EVI")))
    assert dates == [when.date() for when in times for _ in range(2)]
    assert bands == ["NDVI", "EVI"] * len(times)


def months_of(language):
    return [names.split() for names in LANGUAGES[language].split("|")]


@pytest.mark.parametrize("language", LANGUAGES)
def test_months_are_read_in_all_languages_with_and_without_accents(language):
    for change in (str, str.upper, str.capitalize, lambda text: unicodedata.normalize("NFD", text)):
        stems = [f"NDVI_{change(names[0])}_2020" for names in months_of(language)]
        dates, bands, pattern = read(*stems)
        assert dates == [date(2020, month, 1) for month in range(1, 13)]
        assert (set(bands), pattern) == ({"NDVI"}, "month")
    for month, names in enumerate(months_of(language), 1):
        for name in names:
            assert find_date([f"x_{name}_2019"], "month").date == date(2019, month, 1)
            assert find_date([name], "month", 2018).date == date(2018, month, 1)


@pytest.mark.parametrize(
    "name", ["margin_2020", "mailand_2020", "settings_2020", "reset_2020", "octave_2020", "outlier_2020", "lutum_2020"]
)
def test_months_inside_other_words_are_none(name):
    assert find_date([name], "month") is None
    assert read(name)[0] == [date(2020, 1, 1)]


def test_bands_called_like_months_beside_whole_dates_are_bands():
    words = ("mar", "mai", "set", "NDVI")
    dates, bands, _ = read(*(f"{word}_202006{day}" for word in words for day in (11, 12)))
    assert bands == [word for word in words for _ in range(2)]
    assert set(dates) == {date(2020, 6, 11), date(2020, 6, 12)}


def test_a_band_that_the_user_calls_like_a_month_is_one():
    names = [name for word in ("set", "out") for name in names_of(f"{word}_2019", f"{word}_2020", words=(word,))]
    said = choose_pattern(names)
    assert said.complete and said.bands == ["set", "set", "out", "out"]
    assert [reading.date.year for reading in said.readings] == [2019, 2020] * 2


def test_ordinary_words_that_may_be_months_are_asked_about():
    for stems in (("out_2019", "out_2020"), ("mar_2019", "mar_2020", "set_2019", "set_2020")):
        with pytest.raises(RegionwiseError, match="may be a month, or another word. Choose the Date pattern month if"):
            choose_pattern(names_of(*stems))
    assert read("mar_2020", "mai_2020", "set_2020")[2] == "month"  # three of them are no accident


def test_a_month_needs_a_year_which_may_stand_in_another_text():
    assert find_date(["june"], "month") is None
    assert find_date(["june", "NDVI_2020", "images"], "month").date == date(2020, 6, 1)
    assert find_date(["june", "NDVI_2019_2020", "images"], "month") is None
    assert find_date(["Januar", "NDVI", "2020"], "month", 1999).date == date(1999, 1, 1)


def test_a_span_of_months_is_no_date():
    assert find_date(["march-june_2020"], "month") is None


@pytest.mark.parametrize(
    ("stems", "pattern", "left"),
    [
        (("NDVI_2020_097", "NDVI_2020_113"), "YYYY", "097 (a day of the year)"),
        (("NDVI_Januar_2020", "NDVI_Februar_2020"), "YYYY", "Januar (a month)"),
        (("NDVI_JanMean_2020", "NDVI_FebMean_2020"), "YYYY", "JanMean (a month)"),
        (("NDVI_январь_2020", "NDVI_февраль_2020"), "YYYY", "январь (a month)"),
        (("ndvijan2020", "ndvifeb2020", "ndvimar2020"), "YYYY", "ndvijan (a month)"),
        (("NDVI_2020_0612", "NDVI_2020_0628"), "YYYY", "0612 (a month and day)"),
        (("NDVI_2020-06_a12", "NDVI_2020-06_12"), "YYYY-MM", ""),
        (("NDVI_202006_12", "NDVI_202006_28"), "YYYYMM", "12 (a day, week or month)"),
        (("NDVI_2020_w12", "NDVI_2020_w28"), "YYYY", "w12 (a day, week or month)"),
        (("NDVI_20200612_100", "NDVI_20200628_101"), "YYYYMMDD", "100 (a day of the year)"),
        (("NDVI_20200612_a_1030", "NDVI_20200628_a_1040"), "YYYYMMDD", "1030 (a time of day)"),
        (("NDVI_2020_20230612", "NDVI_2021_20230613"), "YYYY", "20230612 (another date)"),
        (("NDVI_2020_20230612", "NDVI_2021_20230613"), "YYYYMMDD", "2020 (another year)"),
    ],
)
def test_no_band_is_called_after_a_part_of_a_date_by_a_chosen_pattern_either(stems, pattern, left):
    said = explain(names_of(*stems), pattern)
    assert said.left[0] == left
    assert said.complete == (not left and None not in said.readings)


def test_parts_of_dates_are_left_over_where_the_user_calls_the_bands_too():
    """Or else the image of day 97 would be that of 1 January."""
    assert explain(names_of("NDVI_2019_097", "NDVI_2020_113", words=("NDVI",)), "YYYY").left[0].startswith("097")
    assert explain(names_of("NDVI_mean_2019", "NDVI_mean_2020", words=("NDVI",)), "YYYY").complete


def test_the_pattern_that_would_read_them_is_named():
    assert patterns_for(names_of("NDVI_2019_097", "NDVI_2020_113")) == ["YYYY-DDD"]
    assert patterns_for(names_of("NDVI_04032013", "NDVI_05032013")) == ["DDMMYYYY", "MMDDYYYY"]


def test_what_says_the_date_again_calls_no_band():
    assert read("NDVI_20200406_097", "NDVI_20200422_113")[1] == ["NDVI", "NDVI"]
    assert read("NDVI_20200406_april", "NDVI_20200522_may")[1] == ["NDVI", "NDVI"]
    assert read("NDVI_T154211_20200406", "NDVI_T154233_20200522")[1] == ["NDVI", "NDVI"]


def test_a_number_beside_a_year_is_asked_about_though_all_names_have_it():
    """`NDVI_06_2019` and `NDVI_06_2020` may be of June."""
    said = choose_pattern(names_of("NDVI_06_2019", "NDVI_06_2020"))
    assert said.left == ["06 (beside the date)"] * 2
    assert explain(names_of("NDVI_06_2019", "NDVI_06_2020"), "YYYY").bands == ["NDVI", "NDVI"]


def test_one_pattern_serves_all_names():
    """The year alone would fit both, the day only one."""
    assert read("a_20200612", "a_20200701")[2] == "YYYYMMDD"
    assert read("a_1982", "a_1983")[2] == "YYYY"
    assert read("LC08_044034_20200318", "T32TNR_20200612T105031_B04_10m")[2] == "product"


def test_the_file_counts_before_its_folder():
    """A folder called after the day of the download dates nothing that has a date of its own."""
    dates, _, pattern = read("NDVI_2020_06", "NDVI_2020_07", folder="20230105")
    assert (dates, pattern) == ([date(2020, 6, 1), date(2020, 7, 1)], "YYYY-MM")


def test_days_and_months_are_told_apart_by_all_names_or_asked_about():
    assert read("x_04032013", "x_15032013")[0] == [date(2013, 3, 4), date(2013, 3, 15)]
    assert read("x_04-03-2013", "x_04-15-2013")[0] == [date(2013, 4, 3), date(2013, 4, 15)]
    with pytest.raises(RegionwiseError, match=r"'x_04032013' may be of 2013-03-04 or of 2013-04-03; no name shows"):
        choose_pattern(names_of("x_04032013", "x_05032013"))
    assert read("x_03032013", "x_04042013")[0] == [date(2013, 3, 3), date(2013, 4, 4)]


@pytest.mark.parametrize(
    ("stems", "bands"),
    [
        (("S2A_MSIL2A_20200612T105031_N0212_R051_T32TNR_20200613T135234_B04",
          "S2B_MSIL2A_20200612T105111_N0212_R051_T32TNS_20200614T135234_B04"), ["B04", "B04"]),
        (("MOD13Q1.A2020097.h12v10.006.2020115123456_NDVI", "MOD13Q1.A2020097.h11v10.006.2020115123499_NDVI"),
         ["MOD13Q1_NDVI"] * 2),
        (("HLS.S30.T18TYN.2020273T154211.v2.0.B04", "HLS.S30.T18TYM.2020273T154211.v2.0.B8A"), ["B04", "B8A"]),
        (("20200527_154211_0e20_3B_AnalyticMS_SR", "20200527_154213_0e20_3B_AnalyticMS_SR"), ["3B_AnalyticMS_SR"] * 2),
        (("ndvi_20200612-0000000000-0000000000", "ndvi_20200612-0000000000-0000007424"), ["ndvi", "ndvi"]),
        # bands of one number are not the same in the two sensors
        (("HLS.S30.T18TYN.2020273T154211.v2.0.B05", "HLS.L30.T18TYN.2020273T154211.v2.0.B05"), ["S30", "L30"]),
    ],
)  # fmt: skip
def test_tiles_and_times_call_no_band(stems, bands):
    assert explain(names_of(*stems), "product").bands == bands if "ndvi" not in stems[0] else read(*stems)[1] == bands


def test_days_of_the_year_are_counted_from_one():
    assert (day_of_year(date(2020, 1, 1)), day_of_year(date(2020, 12, 31))) == (1, 366)
